// Shapes, and views: a pointer with a type, a shape and strides. A view owns nothing; whoever owns
// the memory keeps it alive.
#ifndef TENSOR_VIEW_H
#define TENSOR_VIEW_H

#include "tensor/dtype.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

#define SHAPE_DIMS 4

// dims is 0 (one number) to SHAPE_DIMS; a dimension may be 0, then there are no elements.
typedef struct shape {
    size_t dims;
    size_t dim[SHAPE_DIMS]; // the first dims of them; the last varies fastest
} shape;

// SHAPE(2, 3) is [2, 3].
#define SHAPE(...)                                                                                 \
    ((shape){.dims = sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), .dim = {__VA_ARGS__}})

// Room for any printed shape or view.
#define SHAPE_TEXT 112

axl_status shape_elements(const shape *s, size_t *out, axl_error *err);
bool shape_equal(const shape *a, const shape *b);

// "[2, 3]" into out, and out back, so that it can stand among the arguments of error_set.
const char *shape_text(const shape *s, char out[SHAPE_TEXT]);

// Made by view_make or view_f32 and changed by the functions below only, which keep the invariant
// that the bytes of all elements are a size_t. data is aligned for type.
typedef struct view {
    void *data; // NULL: not given (an optional operand), or a shape that has no memory yet
    dtype type;
    shape shape;
    size_t stride[SHAPE_DIMS]; // in elements, of each dimension
} view;

// A contiguous view. AXL_TOO_LARGE when the bytes are no size_t, AXL_BAD_ARGUMENT when type or
// shape make no sense or data is not aligned. On failure *out is all zero.
axl_status view_make(view *out, void *data, dtype type, shape s, axl_error *err);

// A contiguous [rows, cols] of f32 whose bytes the caller knows to be a size_t, as after a plan.
view view_f32(float *data, size_t rows, size_t cols);

size_t view_elements(const view *v);
size_t view_bytes(const view *v); // of the elements; gaps of strides not counted
bool view_is_contiguous(const view *v);

// Narrows dimension dim to count entries from first on. The view stays as it was on failure.
axl_status view_slice(view *v, size_t dim, size_t first, size_t count, axl_error *err);

// Another shape of the same elements; contiguous views only. The view stays as it was on failure.
axl_status view_reshape(view *v, shape s, axl_error *err);

// Address of entry i of the first dimension; i below shape.dim[0].
void *view_row(const view *v, size_t i);

// "f32 [2, 3]" into out, and out back.
const char *view_text(const view *v, char out[SHAPE_TEXT]);

#endif
