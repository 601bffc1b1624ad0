// Operands of ops: views read as matrices and checked against the shape that the op expects, so
// that a wrong shape is an error with a name and never a read beyond the end.
#ifndef TENSOR_OPERAND_H
#define TENSOR_OPERAND_H

#include "tensor/view.h"

// An f32 matrix. All leading dimensions of its view became rows: [B, T, d] is B*T rows of d.
typedef struct matrix {
    float *data;
    size_t rows, cols;
    size_t ld; // floats from one row to the next, >= cols; cols where the rows are contiguous
} matrix;

// v as a matrix; AXL_BAD_ARGUMENT where it is not given, not f32, has gaps in a row or rows at
// uneven distances. op and name are for the message: "rmsnorm: x is not given".
axl_status operand_matrix(matrix *out, const view *v, const char *op, const char *name,
                          axl_error *err);

enum {
    OPERAND_OPTIONAL = 1, // may be missing (data NULL)
    OPERAND_STRIDED = 2,  // the rows need not be contiguous
    OPERAND_BF16 = 4,     // bf16 instead of f32
};

typedef struct operand {
    const char *name;
    const view *v;
    size_t rows, cols; // expected; rows 1: a vector, of which any contiguous shape will do
    unsigned flags;
} operand;

#define OPERAND_COUNT(list) (sizeof(list) / sizeof((list)[0]))

// Checks all operands of the list; the first that does not fit makes the error.
axl_status operand_check(const char *op, const operand *list, size_t count, axl_error *err);

// The matrix of an operand that operand_check accepted as f32.
matrix operand_get(const view *v);

#endif
