// Dropout, in place: y = x * m / (1 - p), m[i] = 0 with probability p, else 1. The mask is a pure
// function of the key and the position i, so the backward pass is the same op with the same key on
// the gradient, and nothing is kept.
#ifndef TENSOR_OP_DROPOUT_H
#define TENSOR_OP_DROPOUT_H

#include "base/rng.h"
#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_dropout {
    view y;   // contiguous f32
    double p; // 0 <= p < 1
    rng key;  // of this place in the model and this step
} op_dropout;

axl_status op_dropout_apply(const exec *ex, const op_dropout *a, axl_error *err);

#endif
