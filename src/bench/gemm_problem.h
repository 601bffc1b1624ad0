// One matrix product of a linear layer, as peers see it: row-major arrays with strides.
#ifndef BENCH_GEMM_PROBLEM_H
#define BENCH_GEMM_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

typedef enum gemm_form { GEMM_FORWARD, GEMM_DX, GEMM_DW, GEMM_FORMS } gemm_form;

// C [rows, cols] = A [rows, depth] B [depth, cols], A(i, k) = a[i * a_row + k * a_col], and so B.
// Of each pair of strides one is 1. Elements of a and b are bf16 or f32, of c f32.
typedef struct gemm_problem {
    bool bf16;
    gemm_form form;
    size_t m, n, k; // of the layer
    size_t rows, cols, depth;
    const void *a, *b;
    size_t a_row, a_col, b_row, b_col;
    float *c;
} gemm_problem;

// A layer and its arrays. The caller owns them.
typedef struct gemm_layer {
    bool bf16;
    size_t m, n, k;
    const void *x;  // [m, k]
    const void *w;  // [n, k]
    const void *dy; // [m, n]
} gemm_layer;

// The product of that form of the layer, into c.
gemm_problem gemm_problem_of(const gemm_layer *layer, gemm_form form, float *c);

// "forward", "dX", "dW"
const char *gemm_form_name(gemm_form form);

// The largest |c - c'| that a sum of depth products of numbers in [-1, 1] may show in f32. A wrong
// product is off by about sqrt(depth) / 3, hundreds of times more.
double gemm_problem_tolerance(const gemm_problem *p);

// Compares entries of c, spread over all of it, with sums in double; returns the largest
// difference, infinity when one is not a number.
double gemm_problem_check(const gemm_problem *p);

// The largest |x - y| of count entries, infinity when one is not a number.
double gemm_difference(const float *x, const float *y, size_t count);

#endif
