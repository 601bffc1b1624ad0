// The product of few rows with a weight that is not packed, for decoding: bound by the reading of
// W, which happens once for every DOT_MAX_ROWS rows of x. A result does not depend on the rows of x
// beside it.
//
//   y [m, n] = scale * (x [m, k] W^T)   (+= with add)      scale [n]: one number a row of W
#ifndef TENSOR_OP_ROWS_H
#define TENSOR_OP_ROWS_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_rows {
    view x;     // [m, k] f32
    view w;     // [n, k] f32, bf16 or f16; rows of all three matrices may be strided
    view scale; // [n] f32, or not given: 1
    view y;     // [m, n] f32
    bool add;
} op_rows;

axl_status op_rows_apply(const exec *ex, const op_rows *a, axl_error *err);

#endif
