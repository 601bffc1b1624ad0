// The product of few rows with a weight that is not packed, with the bits of op_weight_pack and
// op_linear_apply: for a call or two, packing costs more than the product. (op_rows.h is faster for
// one row, and sums in another order.)
//
//   y [m, n] = x [m, k] W'^T   (+= with add)      W' = diag(scale) W
#ifndef TENSOR_OP_LINEAR_FEW_H
#define TENSOR_OP_LINEAR_FEW_H

#include "kernels/gemm.h"
#include "tensor/exec.h"
#include "tensor/view.h"

#define LINEAR_FEW_ROWS ((size_t)GEMM_FEW_ROWS) // at most

typedef struct op_linear_few {
    view x;             // [m, k] f32 or bf16
    view w;             // [n, k] of the same type; rows of all three may be strided
    const float *scale; // [n], or NULL: 1; with f32 only
    view y;             // [m, n] f32
    bool add;
} op_linear_few;

axl_status op_linear_few_apply(const exec *ex, const op_linear_few *a, axl_error *err);

// Bytes of scratch for rows of k numbers.
size_t op_linear_few_scratch(const exec *ex, dtype type, size_t k);

#endif
