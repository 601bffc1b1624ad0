// The residual with one learned scale a channel. Forward ADDS into h; backward overwrites dx and
// ADDS into ds. (The gradient of h passes through unchanged: it is dh.)
//
//   h += s * x        dx = s * dh        ds += sum over rows of dh * x
#ifndef TENSOR_OP_SCALE_H
#define TENSOR_OP_SCALE_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_scale {
    view x;  // [rows, d]
    view s;  // [d]
    view h;  // [rows, d] (forward)
    view dh; // [rows, d] (this and the rest: backward)
    view dx; // [rows, d]; may be x or dh
    view ds; // [d]
} op_scale;

axl_status op_scale_forward(const exec *ex, const op_scale *a, axl_error *err);
axl_status op_scale_backward(const exec *ex, const op_scale *a, axl_error *err);

// Bytes of scratch for the backward pass over so many rows; forward needs none.
size_t op_scale_scratch(size_t rows, size_t d);

#endif
