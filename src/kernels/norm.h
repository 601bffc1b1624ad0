// RMSNorm:  y = x * r * gain,  r = 1 / sqrt(mean(x^2) + eps),  row by row; normalize is the same
// without the gain.
#ifndef AXL_KERNELS_NORM_H
#define AXL_KERNELS_NORM_H

#include <stddef.h>

typedef struct rmsnorm_forward_args {
    size_t rows, d;
    float eps;
    const float *x;    // [rows, d]
    const float *gain; // [d]
    float *y;          // [rows, d]; may be x
    float *r;          // [rows], kept for the backward pass; may be NULL
} rmsnorm_forward_args;

// dx += r * (g - x * r^2 * mean(g * x)) with g = dy * gain;   dgain += sum over rows of dy * x * r
typedef struct rmsnorm_backward_args {
    size_t rows, d;
    const float *x, *gain, *r; // as in the forward pass
    const float *dy;           // [rows, d]
    float *dx;                 // [rows, d], added to
    float *dgain;              // [d], added to
} rmsnorm_backward_args;

// y = x * r
typedef struct normalize_forward_args {
    size_t rows, d;
    float eps;
    const float *x; // [rows, d]
    void *y;        // [rows, d], f32 or bf16 by the function; as f32 it may be x
    float *r;       // [rows], kept for the backward pass; may be NULL
} normalize_forward_args;

// dx += r * (dy - y * mean(dy * y))
typedef struct normalize_backward_args {
    size_t rows, d;
    const void *y;   // [rows, d], f32 or bf16 by the function
    const float *r;  // [rows]
    const float *dy; // [rows, d]
    float *dx;       // [rows, d], added to
} normalize_backward_args;

typedef void rmsnorm_forward_fn(const rmsnorm_forward_args *args);
typedef void rmsnorm_backward_fn(const rmsnorm_backward_args *args);
typedef void normalize_forward_fn(const normalize_forward_args *args);
typedef void normalize_backward_fn(const normalize_backward_args *args);

typedef struct norm_kernels {
    rmsnorm_forward_fn *rmsnorm_forward;
    rmsnorm_backward_fn *rmsnorm_backward;
    normalize_forward_fn *normalize_forward, *normalize_forward_bf16;
    normalize_backward_fn *normalize_backward, *normalize_backward_bf16;
} norm_kernels;

#endif
