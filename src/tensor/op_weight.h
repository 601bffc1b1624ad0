// A weight with its neighbours folded in: the gain of the norm before it multiplies its columns,
// the scale of the residual branch after it multiplies its rows,
//
//   W' = diag(scale) W diag(gain)        so that  scale * (W (gain * x)) = W' x
//
// and neither costs a pass over activations. W' is made tile by tile while the weight is packed and
// never stored. The product's gradient G = dy^T x is the gradient of W'; op_weight_unfold turns it
// into those of W, scale and gain:
//
//   dW[n][k] = scale[n] G[n][k] gain[k]
//   dscale[n] += sum over k of G[n][k] W[n][k] gain[k]
//   dgain[k]  += sum over n of G[n][k] W[n][k] scale[n]
#ifndef TENSOR_OP_WEIGHT_H
#define TENSOR_OP_WEIGHT_H

#include "tensor/op_linear.h"

#define WEIGHT_PARTS ((size_t)6)

// Rows of a weight that share a gain.
typedef struct weight_part {
    size_t rows;
    const float *gain; // [k], or NULL: 1
    float *dgain;      // [k]; op_weight_unfold adds; two parts may share one
} weight_part;

typedef struct op_weight {
    view w;                         // [n, k] f32; rows may be strided
    const float *scale;             // [n], or NULL: 1
    float *dscale;                  // [n] (unfold)
    size_t part_count;              // 0: no gains
    weight_part part[WEIGHT_PARTS]; // their rows add up to n
} op_weight;

// Packs W' for panels->form, rounded once to `type` (f32 or bf16); sets panels->type, n and k.
axl_status op_weight_pack(const exec *ex, const op_weight *a, dtype type, linear_panels *panels,
                          axl_error *err);

// g [n, k] f32 (rows strided as it likes): G on entry, dW on return. Gradients of scale and gains
// that are NULL are not computed; without a scale and gains there is nothing to do.
axl_status op_weight_unfold(const exec *ex, const op_weight *a, const view *g, axl_error *err);

// Bytes of scratch for either; only the shapes of w and its parts count.
size_t op_weight_scratch(const exec *ex, const op_weight *a);

#endif
