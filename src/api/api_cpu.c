#include <axl/cpu.h>

#include "base/error.h"
#include "base/strings.h"
#include "kernels/cpu.h"
#include "kernels/kernels.h"
#include "os/memory.h"
#include "os/thread.h"

#include <string.h>

_Static_assert((int)KERNEL_LEVELS <= AXL_CPU_LEVELS_MAX, "axl_cpu_info has no room for all levels");

static const char *const needs[KERNEL_LEVELS] = {
    [KERNEL_SCALAR] = "any processor",
    [KERNEL_NEON] = "a 64-bit ARM processor",
    [KERNEL_AVX2] = "x86-64 with avx2, fma and f16c",
    [KERNEL_AVX512] = "avx2 and avx512f, bw, dq, vl",
    [KERNEL_AVX512BF16] = "avx512 and avx512bf16",
};

static void add_feature(axl_cpu_info *out, const char *name, bool usable) {
    out->features[out->feature_count++] = (axl_cpu_feature){.name = name, .usable = usable};
}

// The features of the processors this build is for.
static void add_features(axl_cpu_info *out, const cpu_features *cpu) {
#if defined(__x86_64__)
    add_feature(out, "avx2", cpu->avx2);
    add_feature(out, "fma", cpu->fma);
    add_feature(out, "f16c", cpu->f16c);
    add_feature(out, "avx512f", cpu->avx512f);
    add_feature(out, "avx512bw", cpu->avx512bw);
    add_feature(out, "avx512dq", cpu->avx512dq);
    add_feature(out, "avx512vl", cpu->avx512vl);
    add_feature(out, "avx512vnni", cpu->avx512vnni);
    add_feature(out, "avx512bf16", cpu->avx512bf16);
#else
    add_feature(out, "neon", cpu->neon);
#endif
}

void axl_cpu_detect(axl_cpu_info *out) {
#if defined(__x86_64__)
    static const char architecture[] = "x86-64";
#elif defined(__aarch64__)
    static const char architecture[] = "aarch64";
#else
    static const char architecture[] = "unknown";
#endif
    cpu_features cpu;
    cpu_detect(&cpu);
    memset(out, 0, sizeof *out);
    string_copy(out->processor, sizeof out->processor, cpu.brand[0] ? cpu.brand : architecture);
    out->threads = os_cpu_count();
    out->memory_available = os_memory_available();
    out->best = kernels_level_name(kernels_best_level());
    add_features(out, &cpu);
    for (int i = 0; i < KERNEL_LEVELS; i++) {
        kernel_level level = (kernel_level)i;
        out->levels[out->level_count++] = (axl_cpu_level){.name = kernels_level_name(level),
                                                          .needs = needs[i],
                                                          .runs = kernels_level_runs(level)};
    }
}

axl_status axl_cpu_select(const char *name, const char **level, axl_error *err) {
    kernel_level found = kernels_best_level();
    if (name && *name) found = kernels_level_by_name(name);
    if (found == KERNEL_LEVELS) {
        const char *names[KERNEL_LEVELS];
        for (int i = 0; i < KERNEL_LEVELS; i++) names[i] = kernels_level_name((kernel_level)i);
        size_t near = string_nearest(name, names, KERNEL_LEVELS);
        RETURN_IF(near != SIZE_MAX, err, AXL_BAD_ARGUMENT, "unknown level '%s', did you mean '%s'?",
                  name, names[near]);
        return error_set(err, AXL_BAD_ARGUMENT, "unknown level '%s'", name);
    }
    RETURN_IF(!kernels_level_runs(found), err, AXL_BAD_ARGUMENT,
              "level '%s' does not run here: it needs %s; the best that runs is '%s'", name,
              needs[found], kernels_level_name(kernels_best_level()));
    *level = kernels_level_name(found);
    return AXL_OK;
}
