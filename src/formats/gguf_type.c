// The types of GGUF: of tensors and of values.
#include "formats/gguf.h"

#include <string.h>

// By id; rows without a name are ids that the format gave up or that nobody has.
static const gguf_type_info types[] = {
    [0] = {"f32", 1, 4},         [1] = {"f16", 1, 2},         [2] = {"q4_0", 32, 18},
    [3] = {"q4_1", 32, 20},      [6] = {"q5_0", 32, 22},      [7] = {"q5_1", 32, 24},
    [8] = {"q8_0", 32, 34},      [9] = {"q8_1", 32, 36},      [10] = {"q2_k", 256, 84},
    [11] = {"q3_k", 256, 110},   [12] = {"q4_k", 256, 144},   [13] = {"q5_k", 256, 176},
    [14] = {"q6_k", 256, 210},   [15] = {"q8_k", 256, 292},   [16] = {"iq2_xxs", 256, 66},
    [17] = {"iq2_xs", 256, 74},  [18] = {"iq3_xxs", 256, 98}, [19] = {"iq1_s", 256, 50},
    [20] = {"iq4_nl", 32, 18},   [21] = {"iq3_s", 256, 110},  [22] = {"iq2_s", 256, 82},
    [23] = {"iq4_xs", 256, 136}, [24] = {"i8", 1, 1},         [25] = {"i16", 1, 2},
    [26] = {"i32", 1, 4},        [27] = {"i64", 1, 8},        [28] = {"f64", 1, 8},
    [29] = {"iq1_m", 256, 56},   [30] = {"bf16", 1, 2},       [34] = {"tq1_0", 256, 54},
    [35] = {"tq2_0", 256, 66},   [39] = {"mxfp4", 32, 17},
};

#define TYPES (sizeof types / sizeof types[0])

const gguf_type_info *gguf_type_of(uint32_t id) {
    return id < TYPES && types[id].name ? &types[id] : NULL;
}

bool gguf_type_by_name(const char *name, uint32_t *id) {
    for (uint32_t i = 0; i < TYPES; i++)
        if (types[i].name && strcmp(types[i].name, name) == 0) {
            *id = i;
            return true;
        }
    return false;
}

static const struct {
    const char *name;
    size_t bytes;
} kinds[GGUF_KINDS] = {
    [GGUF_U8] = {"u8", 1},       [GGUF_I8] = {"i8", 1},     [GGUF_U16] = {"u16", 2},
    [GGUF_I16] = {"i16", 2},     [GGUF_U32] = {"u32", 4},   [GGUF_I32] = {"i32", 4},
    [GGUF_F32] = {"f32", 4},     [GGUF_BOOL] = {"bool", 1}, [GGUF_TEXT] = {"text", 0},
    [GGUF_ARRAY] = {"array", 0}, [GGUF_U64] = {"u64", 8},   [GGUF_I64] = {"i64", 8},
    [GGUF_F64] = {"f64", 8},
};

const char *gguf_kind_name(gguf_kind kind) {
    return kind < GGUF_KINDS ? kinds[kind].name : "?";
}

size_t gguf_kind_bytes(gguf_kind kind) {
    return kind < GGUF_KINDS ? kinds[kind].bytes : 0;
}
