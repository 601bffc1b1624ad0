// Products of few rows with a weight matrix, for decoding: bound by the reading of W, which each
// call reads once for all its rows.
#ifndef AXL_KERNELS_DOT_H
#define AXL_KERNELS_DOT_H

#include "kernels/convert.h"
#include <stdbool.h>

#define DOT_MAX_ROWS 8

// y[m][n] = scale[n] * sum over k of x[m][k] * w[n][k]  (+= with add)    m < rows <= DOT_MAX_ROWS
typedef struct dot_args {
    size_t rows, n, k;
    const float *x; // [rows, ldx], k used
    size_t ldx;
    const void *w; // [n, ldw], k used; f32, bf16 or f16 by the function
    size_t ldw;
    float *y; // [rows, ldy], n used
    size_t ldy;
    bool add;
    const float *scale; // [n], or NULL: 1
} dot_args;

typedef void dot_fn(const dot_args *args);

typedef struct dot_kernels {
    dot_fn *f32;
    dot_fn *bf16;
    dot_fn *f16;
} dot_kernels;

#endif
