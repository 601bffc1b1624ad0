// The operands of `axl bench gemm`: made once, large enough for every layer of a set.
#ifndef BENCH_GEMM_ARRAYS_H
#define BENCH_GEMM_ARRAYS_H

#include "bench/bench_run.h"
#include "bench/gemm_problem.h"
#include "bench/gemm_shapes.h"

// The largest arrays of a set, in elements.
typedef struct gemm_extent {
    size_t x, w, dy, c;
} gemm_extent;

typedef struct gemm_arrays {
    float *x, *w,
        *dy; // random in [-1, 1), exact in bf16, so that both types have the same products
    uint16_t *x16, *w16, *dy16; // the same numbers as bf16
    float *c, *c_peer;
} gemm_arrays;

gemm_extent gemm_extent_of(gemm_set set);

// Bytes of all arrays, SIZE_MAX where they are no size_t.
size_t gemm_arrays_bytes(const gemm_extent *extent);

// On failure *out is empty. The caller frees it with gemm_arrays_free, which accepts {0}.
axl_status gemm_arrays_create(gemm_arrays *out, const gemm_extent *extent, const bench_run *run,
                              axl_error *err);
void gemm_arrays_free(gemm_arrays *a);

// The arrays as a layer of that shape.
gemm_layer gemm_arrays_layer(const gemm_arrays *a, const gemm_shape *shape, bool half);

#endif
