// Rotary position embedding on adjacent pairs of each head. Forward and backward overwrite y, which
// may be x; backward takes the gradient of y as x and gives the gradient of x as y (the rotation
// back).
//
//   (y0, y1) = (x0 c - x1 s, x1 c + x0 s),  c, s = cos, sin of position * theta^(-2i / head_size)
#ifndef TENSOR_OP_ROPE_H
#define TENSOR_OP_ROPE_H

#include "tensor/exec.h"
#include "tensor/rope_table.h"
#include "tensor/view.h"

#include <stdint.h>

// Rows may be strided, so that x can be the q columns of a wider product.
typedef struct op_rope {
    const rope_table *table;
    const uint32_t *position; // [rows], each below table->positions
    view x;                   // [rows, heads * head_size]
    view y;                   // [rows, heads * head_size]; may be x
} op_rope;

axl_status op_rope_forward(const exec *ex, const op_rope *a, axl_error *err);
axl_status op_rope_backward(const exec *ex, const op_rope *a, axl_error *err);

#endif
