// Against ggml itself: equal bits from equal blocks, and errors of ours that are no larger than its
// own. AXL_GGML names its libggml-base.so, of llama.cpp or of the npm package
// @node-llama-cpp/linux-x64; without it the test is skipped.
//
// `test_quant_ggml golden` prints golden_blocks.h.
#include "quant/quant_case.h"
#include "quant/quantize_rows.h"
#include "support/unit.h"
#include "tensor/blocks_matrix.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS ((size_t)64)
#define COLS ((size_t)1024)

typedef size_t ggml_quantize_fn(const float *x, void *out, int64_t rows, int64_t cols,
                                const float *importance);
typedef void ggml_unpack_fn(const void *blocks, float *out, int64_t n);

static struct {
    ggml_quantize_fn *quantize;
    ggml_unpack_fn *unpack;
} ggml[QUANT_TYPES];

static void *symbol(void *library, const char *format, const char *name) {
    char text[64];
    snprintf(text, sizeof text, format, name);
    void *out = dlsym(library, text);
    if (!out) fprintf(stderr, "ggml has no %s\n", text);
    return out;
}

static bool find_ggml(void) {
    static const char *const names[QUANT_TYPES] = {"q8_0", "q5_0", "q4_K", "q6_K"};
    const char *path = getenv("AXL_GGML");
    if (!path) {
        fprintf(stderr, "skipped: AXL_GGML does not name libggml-base.so\n");
        return false;
    }
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        fprintf(stderr, "skipped: %s\n", dlerror());
        return false;
    }
    for (size_t i = 0; i < QUANT_TYPES; i++) {
        void *quantize = symbol(library, "quantize_%s", names[i]);
        void *unpack = symbol(library, "dequantize_row_%s", names[i]);
        if (!quantize || !unpack) return false;
        memcpy(&ggml[i].quantize, &quantize, sizeof quantize); // ISO C converts no such pointers
        memcpy(&ggml[i].unpack, &unpack, sizeof unpack);
    }
    return true;
}

typedef struct sample {
    float *x, *ours, *theirs, *importance;
    uint8_t *blocks;
    kernels k;
} sample;

static sample open(void) {
    sample s = {.x = malloc(ROWS * COLS * sizeof(float)),
                .ours = malloc(ROWS * COLS * sizeof(float)),
                .theirs = malloc(ROWS * COLS * sizeof(float)),
                .importance = malloc(COLS * sizeof(float)),
                .blocks = calloc(ROWS * COLS, 2)};
    quant_importance(s.importance, COLS);
    assert_true(kernels_select(kernels_best_level(), &s.k));
    return s;
}

static void close(sample *s) {
    free(s->x);
    free(s->ours);
    free(s->theirs);
    free(s->importance);
    free(s->blocks);
}

// Blocks of random bits, f16 numbers finite.
static void any_blocks_unpack_to_the_same_bits(void **state) {
    (void)state;
    sample s = open();
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        const dtype_info *info = dtype_of(quant_types[t]);
        const size_t blocks = ROWS * COLS / info->block;
        uint32_t random = 1;
        for (size_t i = 0; i < blocks * info->block_bytes; i++) {
            random = random * 1664525u + 1013904223u;
            s.blocks[i] = (uint8_t)(random >> 24);
        }
        const size_t half = quant_types[t] == DTYPE_Q6_K ? 208 : 0;
        for (size_t b = 0; b < blocks; b++) {
            uint8_t *block = s.blocks + b * info->block_bytes;
            block[half + 1] &= 0xbf; // below 2
            if (quant_types[t] == DTYPE_Q4_K) block[3] &= 0xbf;
        }
        ggml[t].unpack(s.blocks, s.theirs, (int64_t)(ROWS * COLS));
        info->to_f32(&s.k, s.ours, s.blocks, ROWS * COLS);
        assert_memory_equal(s.ours, s.theirs, ROWS * COLS * sizeof(float));
    }
    close(&s);
}

// In what is minimised: the sum of squares weighted by importance.
static void our_error_is_no_larger(void **state) {
    (void)state;
    sample s = open();
    for (int shape = 0; shape < QUANT_SHAPES; shape++)
        for (size_t t = 0; t < QUANT_TYPES; t++)
            for (int weighted = 0; weighted < 2; weighted++) {
                const float *importance = weighted ? s.importance : NULL;
                const dtype_info *info = dtype_of(quant_types[t]);
                quant_numbers(s.x, ROWS * COLS, shape);
                ggml[t].quantize(s.x, s.blocks, ROWS, COLS, importance);
                ggml[t].unpack(s.blocks, s.theirs, (int64_t)(ROWS * COLS));
                const quantize_source from = {s.x, ROWS, COLS, importance};
                quantize_rows(&s.k, NULL, quant_types[t], &from, s.blocks);
                info->to_f32(&s.k, s.ours, s.blocks, ROWS * COLS);
                const quant_compared ours = {s.x, s.ours, ROWS, COLS};
                const quant_compared theirs = {s.x, s.theirs, ROWS, COLS};
                const double a = quant_error(&ours, importance);
                const double b = quant_error(&theirs, importance);
                print_message("%s shape %d %s: %.5f of ggml's error\n", info->name, shape,
                              weighted ? "weighted" : "plain   ", a / b);
                assert_true(a <= b * 1.0001);
            }
    close(&s);
}

// ---- golden_blocks.h ----

#define GOLDEN_NUMBERS ((size_t)256)

static void print_golden(void) {
    float x[GOLDEN_NUMBERS], back[GOLDEN_NUMBERS];
    uint8_t blocks[GOLDEN_NUMBERS * 2];
    quant_numbers(x, GOLDEN_NUMBERS, 2);
    printf(
        "// Blocks that ggml made of 256 numbers and the bits that it unpacked them to. Printed "
        "by\n"
        "// `test_quant_ggml golden` with AXL_GGML set to libggml-base.so of llama.cpp v0.5.0.\n"
        "#ifndef AXL_TESTS_GOLDEN_BLOCKS_H\n#define AXL_TESTS_GOLDEN_BLOCKS_H\n\n"
        "#include <stdint.h>\n\n");
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        const dtype_info *info = dtype_of(quant_types[t]);
        const size_t bytes = GOLDEN_NUMBERS / info->block * info->block_bytes;
        ggml[t].quantize(x, blocks, 1, GOLDEN_NUMBERS, NULL);
        ggml[t].unpack(blocks, back, GOLDEN_NUMBERS);
        printf("static const uint8_t golden_%s[%zu] = {", info->name, bytes);
        for (size_t i = 0; i < bytes; i++) printf("%s%u,", i % 20 ? " " : "\n    ", blocks[i]);
        printf("\n};\nstatic const uint32_t golden_%s_bits[%zu] = {", info->name, GOLDEN_NUMBERS);
        for (size_t i = 0; i < GOLDEN_NUMBERS; i++) {
            uint32_t bits;
            memcpy(&bits, &back[i], sizeof bits);
            printf("%s0x%08x,", i % 8 ? " " : "\n    ", bits);
        }
        printf("\n};\n\n");
    }
    printf("#endif\n");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_blocks_unpack_to_the_same_bits),
        cmocka_unit_test(our_error_is_no_larger),
    };
    if (!find_ggml()) return 77;
    if (argc > 1 && strcmp(argv[1], "golden") == 0) {
        print_golden();
        return 0;
    }
    return cmocka_run_group_tests_name("ggml", tests, NULL, NULL);
}
