// The product of rows with weights of few bits. The activations are rounded to 8 bits once, for all
// the weights of a call. A row of y does not depend on the rows of x beside it, nor on their
// number: the same bits whether bytes are fed one by one or together.
//
//   y [m, c n] = scale * (x [m, k] [W0; W1; ...]^T)   (+= with add)     scale [c n]
#ifndef TENSOR_OP_BLOCKS_H
#define TENSOR_OP_BLOCKS_H

#include "tensor/blocks_matrix.h"
#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_blocks {
    view x;                 // [m, k] f32, rows may be strided
    const blocks_matrix *w; // [count] of one n and k, one below the other
    size_t count;
    view scale; // [count * n] f32, or not given: 1
    view y;     // [m, count * n] f32, rows may be strided
    bool add;
} op_blocks;

axl_status op_blocks_apply(const exec *ex, const op_blocks *a, axl_error *err);

// Bytes of scratch for m rows of x with k columns.
size_t op_blocks_scratch(size_t m, size_t k);

#endif
