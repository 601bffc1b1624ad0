// The processor: what it offers, and which level of compute kernels is used.
//
// One build carries the kernels of several levels, from plain C to AVX-512. The best one that runs
// here is used unless a caller names a lower one. At one level results are the same bits on every
// machine and at any number of threads; between levels they differ by rounding.
#ifndef AXL_CPU_H
#define AXL_CPU_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AXL_CPU_FEATURES_MAX 16
#define AXL_CPU_LEVELS_MAX 8

typedef struct axl_cpu_feature {
    const char *name; // "avx2"; a constant
    bool usable;      // the processor has it and the operating system saves its registers
} axl_cpu_feature;

typedef struct axl_cpu_level {
    const char *name;  // "avx2"; a constant
    const char *needs; // what a processor must have to run it; a constant
    bool runs;         // here, with this build
} axl_cpu_level;

typedef struct axl_cpu_info {
    char processor[64];        // its own name, or the architecture's where it tells none
    size_t threads;            // processors that this process may use: the default everywhere
    uint64_t memory_available; // bytes that can be taken without swapping; UINT64_MAX: unknown
    const char *best;          // the best level that runs here; a constant
    size_t feature_count;
    axl_cpu_feature features[AXL_CPU_FEATURES_MAX];
    size_t level_count;
    axl_cpu_level levels[AXL_CPU_LEVELS_MAX]; // lowest first
} axl_cpu_info;

// Fills *out, which the caller owns. Reads system files: ask once and keep the answer.
AXL_API void axl_cpu_detect(axl_cpu_info *out);

// Checks that the level called name runs here and puts its name, a constant, into *level. NULL or
// "" stands for the best one. AXL_BAD_ARGUMENT for an unknown level and for one that does not run
// here; *level is then left alone. err may be NULL.
AXL_API axl_status axl_cpu_select(const char *name, const char **level, axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
