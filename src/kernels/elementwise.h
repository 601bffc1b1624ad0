// Loops bound by memory bandwidth: SwiGLU, per-channel scale, the 3-way gate, embedding rows, sums.
#ifndef AXL_KERNELS_ELEMENTWISE_H
#define AXL_KERNELS_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

// y = a * silu(b),  silu(b) = b / (1 + exp(-b)),  i < n; y may be a or b
typedef void swiglu_forward_fn(float *y, const float *a, const float *b, size_t n);

// da = dy * silu(b),  db = dy * a * (s + b s (1 - s)),  s = 1 / (1 + exp(-b)); da may be a or dy,
// db may be b. y = a * silu(b) once more where y is given; it may be dy
typedef struct swiglu_backward_args {
    size_t n;
    const float *a, *b, *dy; // [n]
    float *da, *db;          // [n]
    float *y;                // [n], or NULL
} swiglu_backward_args;
typedef void swiglu_backward_fn(const swiglu_backward_args *args);

// h[r][c] += s[c] * x[r][c]
typedef struct scale_add_args {
    size_t rows, d;
    const float *x; // [rows, d]
    const float *s; // [d]
    float *h;       // [rows, d], added to
} scale_add_args;
typedef void scale_add_fn(const scale_add_args *args);

// dx[r][c] = s[c] * dh[r][c];   ds[c] += sum over rows of dh[r][c] * x[r][c]; dx may be x or dh
typedef struct scale_backward_args {
    size_t rows, d;
    const float *x, *s, *dh; // [rows, d], [d], [rows, d]
    float *dx, *ds;          // [rows, d], [d] added to
} scale_backward_args;
typedef void scale_backward_fn(const scale_backward_args *args);

// g[r] = softmax(z[r]) in R^3;   y[r][c] = sum over a of g[r][a] * u_a[r][c]
typedef struct gate_forward_args {
    size_t rows, d;
    const float *z;    // [rows, 3]
    const float *u[3]; // [rows, d] each
    float *g;          // [rows, 3], kept for the backward pass
    float *y;          // [rows, d]; may be one of u
} gate_forward_args;
typedef void gate_forward_fn(const gate_forward_args *args);

// du_a[r][c] = g[r][a] * dy[r][c];
// dz[r][a] = g[r][a] * (t_a - sum over b of g[r][b] t_b),  t_a = sum over c of dy[r][c] * u_a[r][c]
typedef struct gate_backward_args {
    size_t rows, d;
    const float *g;    // [rows, 3]
    const float *u[3]; // [rows, d] each
    const float *dy;   // [rows, d]
    float *du[3];      // [rows, d] each; du_a may be u_a
    float *dz;         // [rows, 3]
} gate_backward_args;
typedef void gate_backward_fn(const gate_backward_args *args);

// y[r] = e[id[r]],  ids below the table's rows (the caller has checked)
typedef struct embed_args {
    size_t rows, d;
    const uint16_t *id;      // [rows]
    const float *e;          // [vocabulary, d]   (gather)
    float *y;                // [rows, d]         (gather)
    const float *dy;         // [rows, d]         (scatter)
    float *de;               // [vocabulary, d]   (scatter: de[id[r]] += dy[r], r ascending)
    size_t column0, columns; // scatter works on columns column0 .. column0+columns-1 of each row,
                             // so that threads can share one table without sharing a column
} embed_args;
typedef void embed_fn(const embed_args *args);

typedef void add_fn(float *y, const float *x, size_t n);                  // y += x
typedef void join_fn(float *y, const float *a, const float *b, size_t n); // y = a + b - y
typedef void scale_fn(float *y, float s, size_t n);                       // y *= s
typedef void axpy_fn(float *y, float s, const float *x, size_t n);        // y += s x
typedef double sum_squares_fn(const float *x, size_t n);                  // in double, fixed order

typedef struct elementwise_kernels {
    swiglu_forward_fn *swiglu_forward;
    swiglu_backward_fn *swiglu_backward;
    scale_add_fn *scale_add;
    scale_backward_fn *scale_backward;
    gate_forward_fn *gate_forward;
    gate_backward_fn *gate_backward;
    embed_fn *embed_gather;
    embed_fn *embed_scatter;
    add_fn *add;
    join_fn *join;
    scale_fn *scale;
    axpy_fn *axpy;
    sum_squares_fn *sum_squares;
} elementwise_kernels;

#endif
