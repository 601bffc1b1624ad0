// One optimizer step over a list of tensors. Overwrites w, m, v and copy; reads g.
//
//   lion:   u = sign(beta1 m + (1 - beta1) g);  w -= rate (u + decay w);  m = beta2 m + (1 - beta2)
//   g sgd:    m = beta1 m + g (with m; else u = g);  w -= rate (m + decay w) adamw:  m = beta1 m +
//   (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
//           w -= rate (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + decay w)
//
// with g * g_scale for g.
#ifndef TENSOR_OP_UPDATE_H
#define TENSOR_OP_UPDATE_H

#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdint.h>

typedef enum op_update_rule { OP_UPDATE_LION, OP_UPDATE_SGD, OP_UPDATE_ADAMW } op_update_rule;

// All of one shape and contiguous.
typedef struct op_update_tensor {
    view w;      // weights, f32
    view g;      // gradient, f32
    view m;      // momentum, f32 or bf16; SGD: not given for none
    view v;      // second moment, f32 (AdamW)
    view copy;   // bf16 copy of the new weights, or not given
    float decay; // of these weights
    float rate;  // factor on the rate of the step, for these weights; 0 counts as 1
} op_update_tensor;

typedef struct op_update {
    op_update_rule rule;
    const op_update_tensor *list; // [count]
    size_t count;
    float g_scale; // clipping: below 1 where the norm was too large
    float rate;
    float beta1, beta2, eps;
    uint64_t step; // t, counted from 1 (AdamW)
} op_update;

axl_status op_update_step(const exec *ex, const op_update *a, axl_error *err);

// Bytes of scratch for a list of so many tensors.
size_t op_update_scratch(size_t count);

#endif
