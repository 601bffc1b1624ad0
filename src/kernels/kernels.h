// The compute kernels: pure loops over pointers, in families, one implementation a level.
//
// Contract of every kernel
//   - takes pointers and sizes, demands no alignment, reads and writes exactly the stated ranges;
//   - no allocation, threads, I/O or status; what needs room gets it from the caller as scratch;
//   - the result depends on the inputs and the level only; a NaN in is a NaN out;
//   - "+=" in the formula means that it adds to what is there, "=" that it overwrites;
//   - outputs do not overlap inputs unless the formula's comment allows it.
//
// A table is passed, never global, so that one process can hold and test all levels.
#ifndef AXL_KERNELS_KERNELS_H
#define AXL_KERNELS_KERNELS_H

#include "kernels/attention.h"
#include "kernels/blocks.h"
#include "kernels/convert.h"
#include "kernels/dot.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/fold.h"
#include "kernels/gemm.h"
#include "kernels/loss.h"
#include "kernels/norm.h"
#include "kernels/peak.h"
#include "kernels/rope.h"
#include "kernels/update.h"

// In the order of preference on one machine; a level includes what the ones before it need.
typedef enum kernel_level {
    KERNEL_SCALAR,
    KERNEL_NEON,
    KERNEL_AVX2,       // with fma and f16c
    KERNEL_AVX512,     // F, BW, DQ, VL
    KERNEL_AVX512BF16, // with VNNI
    KERNEL_LEVELS
} kernel_level;

// One pointer a family. NULL in a level's own table means "as the level before".
typedef struct kernels {
    kernel_level level;
    const gemm_kernels *gemm_f32;
    const gemm_kernels *gemm_bf16;
    const dot_kernels *dot;
    const blocks_kernels *blocks;
    const attention_kernels *attention;
    const norm_kernels *norm;
    const rope_kernels *rope;
    const fold_kernels *fold;
    const dropout_kernels *dropout;
    const elementwise_kernels *elementwise;
    const loss_kernels *loss;
    const update_kernels *update;
    const convert_kernels *convert;
    const peak_kernels *peak;
} kernels;

// "scalar", "neon", "avx2", "avx512", "avx512bf16"
const char *kernels_level_name(kernel_level level);

// The level called name, or KERNEL_LEVELS where there is none.
kernel_level kernels_level_by_name(const char *name);

// Whether this build has the level and this processor and its operating system run it.
bool kernels_level_runs(kernel_level level);

// The best level that runs here.
kernel_level kernels_best_level(void);

// Fills *out with the kernels of level, every family set. False where the level does not run here.
bool kernels_select(kernel_level level, kernels *out);

// Lays the families that table has over those in out: the step of which kernels_select is made, for
// tests that add a level of their own.
void kernels_inherit(kernels *out, const kernels *table);

#endif
