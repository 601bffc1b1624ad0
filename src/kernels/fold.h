// A weight [rows, columns] with a scale for its rows and a gain for its columns, and the gradients
// of the three from the gradient of their product.
#ifndef AXL_KERNELS_FOLD_H
#define AXL_KERNELS_FOLD_H

#include <stddef.h>

// out[r][c] = w[r][c] * scale[r] * gain[c]
typedef struct fold_args {
    size_t rows, columns;
    const float *w; // [rows, ldw], columns used
    size_t ldw;
    const float *scale; // [rows], or NULL: 1
    const float *gain;  // [columns], or NULL: 1
    void *out;          // [rows, ldo], columns used; f32 or bf16 by the function
    size_t ldo;
} fold_args;

// With G the gradient of that, on entry in g:
//   dscale[r] += sum over c of G[r][c] * w[r][c] * gain[c]
//   dgain[c]  += sum over r of G[r][c] * w[r][c] * scale[r]      r ascending
//   g[r][c]    = G[r][c] * scale[r] * gain[c]
typedef struct unfold_args {
    size_t rows, columns;
    const float *w; // [rows, ldw]
    size_t ldw;
    const float *scale, *gain; // as above
    float *g;                  // [rows, ldg]
    size_t ldg;
    float *dscale; // [rows], or NULL: not wanted
    float *dgain;  // [columns], or NULL: not wanted
} unfold_args;

typedef void fold_fn(const fold_args *args);
typedef void unfold_fn(const unfold_args *args);

typedef struct fold_kernels {
    fold_fn *f32, *bf16;
    unfold_fn *unfold;
} fold_kernels;

#endif
