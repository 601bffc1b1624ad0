// RMSNorm over rows. Forward overwrites y and r; backward ADDS into dx and dgain.
//
//   y = x * r * gain,  r = 1 / sqrt(mean(x^2) + eps)
//   dx += r * (g - x * r^2 * mean(g * x)) with g = dy * gain;   dgain += sum over rows of dy * x *
//   r
#ifndef TENSOR_OP_RMSNORM_H
#define TENSOR_OP_RMSNORM_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_rmsnorm {
    float eps;
    view x;     // [rows, d]
    view gain;  // [d]
    view y;     // [rows, d]; may be x where no backward pass follows (forward only)
    view r;     // [rows]; kept for the backward pass, else not given
    view dy;    // [rows, d] (this and the rest: backward only)
    view dx;    // [rows, d]
    view dgain; // [d]
} op_rmsnorm;

axl_status op_rmsnorm_forward(const exec *ex, const op_rmsnorm *a, axl_error *err);
axl_status op_rmsnorm_backward(const exec *ex, const op_rmsnorm *a, axl_error *err);

// Bytes of scratch for the backward pass over so many rows; forward needs none.
size_t op_rmsnorm_scratch(size_t rows, size_t d);

#endif
