// The global norm of gradients. Reads only.
//
//   norm = sqrt(sum over all tensors of the sum of g^2)
#ifndef TENSOR_OP_REDUCE_H
#define TENSOR_OP_REDUCE_H

#include "tensor/exec.h"
#include "tensor/view.h"

// In double and in fixed order; NaN or infinity where a gradient is. list: [count] f32, contiguous.
axl_status op_reduce_norm(const exec *ex, const view *list, size_t count, double *norm,
                          axl_error *err);

// Bytes of scratch for the list; data need not be there yet.
size_t op_reduce_norm_scratch(const view *list, size_t count);

#endif
