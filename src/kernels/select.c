// Folds the levels' tables: a family that a level leaves NULL comes from the level before it.
#include "kernels/cpu.h"
#include "kernels/kernels.h"

#include <string.h>

extern const kernels kernels_table_scalar;
#ifdef AXL_HAVE_neon
extern const kernels kernels_table_neon;
#endif
#ifdef AXL_HAVE_avx2
extern const kernels kernels_table_avx2;
#endif
#ifdef AXL_HAVE_avx512
extern const kernels kernels_table_avx512;
#endif
#ifdef AXL_HAVE_avx512bf16
extern const kernels kernels_table_avx512bf16;
#endif

static const char *const names[KERNEL_LEVELS] = {"scalar", "neon", "avx2", "avx512", "avx512bf16"};

static const kernels *const tables[KERNEL_LEVELS] = {
    [KERNEL_SCALAR] = &kernels_table_scalar,
#ifdef AXL_HAVE_neon
    [KERNEL_NEON] = &kernels_table_neon,
#endif
#ifdef AXL_HAVE_avx2
    [KERNEL_AVX2] = &kernels_table_avx2,
#endif
#ifdef AXL_HAVE_avx512
    [KERNEL_AVX512] = &kernels_table_avx512,
#endif
#ifdef AXL_HAVE_avx512bf16
    [KERNEL_AVX512BF16] = &kernels_table_avx512bf16,
#endif
};

const char *kernels_level_name(kernel_level level) {
    return level < KERNEL_LEVELS ? names[level] : "unknown";
}

kernel_level kernels_level_by_name(const char *name) {
    for (int i = 0; i < KERNEL_LEVELS; i++)
        if (strcmp(name, names[i]) == 0) return (kernel_level)i;
    return KERNEL_LEVELS;
}

static bool processor_runs(kernel_level level) {
    cpu_features cpu;
    cpu_detect(&cpu);
    bool avx2 = cpu.avx2 && cpu.fma && cpu.f16c;
    bool avx512 = avx2 && cpu.avx512f && cpu.avx512bw && cpu.avx512dq && cpu.avx512vl;
    switch (level) {
    case KERNEL_SCALAR:
        return true;
    case KERNEL_NEON:
        return cpu.neon;
    case KERNEL_AVX2:
        return avx2;
    case KERNEL_AVX512:
        return avx512;
    // Every processor with the bf16 instructions has VNNI as well, so one level needs both.
    case KERNEL_AVX512BF16:
        return avx512 && cpu.avx512bf16 && cpu.avx512vnni;
    case KERNEL_LEVELS:
        break;
    }
    return false;
}

bool kernels_level_runs(kernel_level level) {
    return level < KERNEL_LEVELS && tables[level] && processor_runs(level);
}

kernel_level kernels_best_level(void) {
    kernel_level best = KERNEL_SCALAR;
    for (int i = 0; i < KERNEL_LEVELS; i++)
        if (kernels_level_runs((kernel_level)i)) best = (kernel_level)i;
    return best;
}

#define INHERIT(family)                                                                            \
    if (table->family) out->family = table->family

void kernels_inherit(kernels *out, const kernels *table) {
    INHERIT(gemm_f32);
    INHERIT(gemm_bf16);
    INHERIT(dot);
    INHERIT(blocks);
    INHERIT(attention);
    INHERIT(norm);
    INHERIT(rope);
    INHERIT(fold);
    INHERIT(dropout);
    INHERIT(elementwise);
    INHERIT(loss);
    INHERIT(update);
    INHERIT(convert);
    INHERIT(peak);
}

bool kernels_select(kernel_level level, kernels *out) {
    if (!kernels_level_runs(level)) return false;
    memset(out, 0, sizeof *out);
    for (int i = 0; i <= (int)level; i++)
        if (tables[i]) kernels_inherit(out, tables[i]);
    out->level = level;
    return true;
}
