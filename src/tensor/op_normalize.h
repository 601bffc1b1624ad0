// RMSNorm without a gain (the gain belongs to the weight that multiplies next, op_linear.h), kept
// by its result: the input is not needed any more, so a residual stream can go on in place.
//
//   forward    y = x r,  r = 1 / sqrt(mean(x^2) + eps)                  overwrites y and r
//   backward   dx += r (dy - y mean(dy y))                              (exact: y, not x)
//
// y may be f32 or bf16; with bf16 the backward pass uses the rounded y.
#ifndef TENSOR_OP_NORMALIZE_H
#define TENSOR_OP_NORMALIZE_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_normalize {
    float eps;
    view x;  // [rows, d] (forward)
    view y;  // [rows, d]
    view r;  // [rows]
    view dy; // [rows, d] (this and the rest: backward)
    view dx; // [rows, d]
} op_normalize;

axl_status op_normalize_forward(const exec *ex, const op_normalize *a, axl_error *err);
axl_status op_normalize_backward(const exec *ex, const op_normalize *a, axl_error *err);

#endif
