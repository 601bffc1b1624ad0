// Small makers of views, for memory whose sizes a plan has checked.
#ifndef MODEL_VIEWS_H
#define MODEL_VIEWS_H

#include "tensor/view.h"

// A contiguous [rows, cols] of f32 or bf16.
static inline view matrix_of(dtype type, void *data, size_t rows, size_t cols) {
    view v = view_f32(data, rows, cols);
    v.type = type;
    return v;
}

// Columns first .. first+count-1 of a matrix.
static inline view columns_of(view v, size_t first, size_t count) {
    v.data = (char *)v.data + first * (v.type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float));
    v.shape.dim[1] = count;
    return v;
}

// The same contiguous memory with k rows side by side in each row: [rows / k, k cols].
static inline view grouped(view v, size_t k) {
    return matrix_of(v.type, v.data, v.shape.dim[0] / k, k * v.shape.dim[1]);
}

#endif
