// The layers that `axl bench gemm` goes through.
#ifndef BENCH_GEMM_SHAPES_H
#define BENCH_GEMM_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gemm_shape {
    size_t m, n, k;
    bool standard; // counts in the means
} gemm_shape;

typedef enum gemm_set {
    GEMM_QUICK,    // two small ones, to see that it works
    GEMM_STANDARD, // the layers of Micro and Code-1B at two batch sizes: those of the bars
    GEMM_ALL       // and of the other presets, and all heads
} gemm_set;

size_t gemm_shape_count(gemm_set set);

// Number index of the set, index < gemm_shape_count(set); the standard ones come first.
gemm_shape gemm_shape_at(gemm_set set, size_t index);

#endif
