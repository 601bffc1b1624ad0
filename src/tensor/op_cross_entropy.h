// Softmax cross-entropy of logits, in nats. _loss overwrites loss and leaves z; _gradient does the
// same and turns z into the gradient: forward and backward in one pass over the logits.
//
//   loss[r] = log(sum exp(z[r])) - z[r][target[r]]        dz[r] = weight * (softmax(z[r]) -
//   one_hot)
//
// Rows whose target is LOSS_IGNORE have loss 0 and gradient 0.
#ifndef TENSOR_OP_CROSS_ENTROPY_H
#define TENSOR_OP_CROSS_ENTROPY_H

#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdint.h>

typedef struct op_cross_entropy {
    view z;                 // [rows, n]; rows may be strided
    const uint16_t *target; // [rows], each below n or LOSS_IGNORE
    float weight;           // of a row in the gradient, such as 1 / counted rows
    view loss;              // [rows]
    double *sum;            // the sum of loss, in double and in fixed order
} op_cross_entropy;

axl_status op_cross_entropy_loss(const exec *ex, const op_cross_entropy *a, axl_error *err);
axl_status op_cross_entropy_gradient(const exec *ex, const op_cross_entropy *a, axl_error *err);

// Rows that count: those whose target is not LOSS_IGNORE.
size_t op_cross_entropy_counted(const uint16_t *target, size_t rows);

#endif
