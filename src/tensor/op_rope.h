// Rotary position embedding on adjacent pairs of each head. Forward and backward overwrite y, which
// may be x; backward takes the gradient of y as x and gives the gradient of x as y (the rotation
// back).
//
//   (y0, y1) = (x0 c - x1 s, x1 c + x0 s),  c, s = cos, sin of position * theta^(-2i / head_size)
#ifndef TENSOR_OP_ROPE_H
#define TENSOR_OP_ROPE_H

#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdint.h>

// Borrows its memory; read-only once filled.
typedef struct op_rope_table {
    size_t positions, head_size;
    const float *cosines; // [positions, head_size]: c0 c0 c1 c1 ...
    const float *sines;   // [positions, head_size]: -s0 s0 -s1 s1 ...
} op_rope_table;

// Bytes of memory for a table.
axl_status op_rope_table_bytes(size_t positions, size_t head_size, size_t *out, axl_error *err);

// Fills memory (of that many bytes, aligned for float) and makes t->cosines and t->sines point into
// it, for t->positions and t->head_size as set by the caller. Angles are computed in double.
axl_status op_rope_table_fill(op_rope_table *t, void *memory, double theta, axl_error *err);

// Rows may be strided, so that x can be the q columns of a wider product.
typedef struct op_rope {
    const op_rope_table *table;
    const uint32_t *position; // [rows], each below table->positions
    view x;                   // [rows, heads * head_size]
    view y;                   // [rows, heads * head_size]; may be x
} op_rope;

axl_status op_rope_forward(const exec *ex, const op_rope *a, axl_error *err);
axl_status op_rope_backward(const exec *ex, const op_rope *a, axl_error *err);

#endif
