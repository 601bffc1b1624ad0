// The small steps between ops: whole arrays, element by element. Every op overwrites its first
// operand unless its line says +=. Operands are contiguous, have one number of elements, and are
// f32 where the line says nothing else.
#ifndef TENSOR_OP_VECTOR_H
#define TENSOR_OP_VECTOR_H

#include "tensor/exec.h"
#include "tensor/view.h"

// y = 0, and y = x: f32 or bf16, both operands the same
axl_status op_zero(const exec *ex, const view *y, axl_error *err);
axl_status op_copy(const exec *ex, const view *y, const view *x, axl_error *err);

axl_status op_add(const exec *ex, const view *y, const view *x, axl_error *err); // y += x

// y = a + b - y: two branches that each started from y, joined.
axl_status op_join(const exec *ex, const view *y, const view *a, const view *b, axl_error *err);

// Between f32 and bf16, rounding to nearest even.
axl_status op_convert(const exec *ex, const view *y, const view *x, axl_error *err);

#endif
