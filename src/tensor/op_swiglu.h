// SwiGLU, element by element. Forward overwrites y; backward overwrites da and db, and y where it
// is given, so that y need not be kept.
//
//   y = a * silu(b),  silu(b) = b * s,  s = 1 / (1 + exp(-b))
//   da = dy * silu(b)        db = dy * a * (s + b s (1 - s))
#ifndef TENSOR_OP_SWIGLU_H
#define TENSOR_OP_SWIGLU_H

#include "tensor/exec.h"
#include "tensor/view.h"

// Rows of every operand may be strided, so that a and b can be halves of one product.
typedef struct op_swiglu {
    view a;  // [rows, d]
    view b;  // [rows, d]
    view y;  // [rows, d]; may be a or b. Backward: not given, or overwritten again; may be dy
    view dy; // [rows, d] (this and the rest: backward)
    view da; // [rows, d]; may be a or dy
    view db; // [rows, d]; may be b
} op_swiglu;

axl_status op_swiglu_forward(const exec *ex, const op_swiglu *a, axl_error *err);
axl_status op_swiglu_backward(const exec *ex, const op_swiglu *a, axl_error *err);

#endif
