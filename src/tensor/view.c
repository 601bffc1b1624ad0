#include "tensor/view.h"

#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <stdint.h>
#include <string.h>

axl_status shape_elements(const shape *s, size_t *out, axl_error *err) {
    RETURN_IF(s->dims > SHAPE_DIMS, err, AXL_BAD_ARGUMENT, "%zu dimensions, at most %d", s->dims,
              SHAPE_DIMS);
    size_t n = 1;
    for (size_t i = 0; i < s->dims; i++) {
        if (size_mul(n, s->dim[i], &n)) continue;
        char text[SHAPE_TEXT];
        return error_set(err, AXL_TOO_LARGE, "shape %s has too many elements", shape_text(s, text));
    }
    *out = n;
    return AXL_OK;
}

bool shape_equal(const shape *a, const shape *b) {
    if (a->dims != b->dims || a->dims > SHAPE_DIMS) return false;
    for (size_t i = 0; i < a->dims; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

const char *shape_text(const shape *s, char out[SHAPE_TEXT]) {
    size_t used = string_copy(out, SHAPE_TEXT, "[");
    for (size_t i = 0; i < s->dims && i < SHAPE_DIMS; i++) {
        used += string_format(out + used, SHAPE_TEXT - used, NULL, "%s%zu", i > 0 ? ", " : "",
                              s->dim[i]);
    }
    string_copy(out + used, SHAPE_TEXT - used, "]");
    return out;
}

static void set_strides(view *v) {
    size_t stride = 1;
    memset(v->stride, 0, sizeof v->stride);
    for (size_t i = v->shape.dims; i-- > 0;) {
        v->stride[i] = stride;
        stride *= v->shape.dim[i]; // the whole product was checked
    }
}

axl_status view_make(view *out, void *data, dtype type, shape s, axl_error *err) {
    memset(out, 0, sizeof *out);
    const dtype_info *info = dtype_of(type);
    RETURN_IF(!info, err, AXL_BAD_ARGUMENT, "unknown element type %d", (int)type);
    size_t elements, bytes;
    FORWARD(shape_elements(&s, &elements, err));
    char text[SHAPE_TEXT];
    const size_t last = s.dims > 0 ? s.dim[s.dims - 1] : 1;
    RETURN_IF(last % info->block != 0, err, AXL_BAD_ARGUMENT,
              "rows of %s %s are no whole number of blocks of %zu", info->name,
              shape_text(&s, text), info->block);
    RETURN_IF(!dtype_bytes(type, elements, &bytes), err, AXL_TOO_LARGE, "%s %s has too many bytes",
              info->name, shape_text(&s, text));
    RETURN_IF((uintptr_t)data % info->align != 0, err, AXL_BAD_ARGUMENT,
              "the memory of %s %s is not aligned to %zu", info->name, shape_text(&s, text),
              info->align);
    out->data = data;
    out->type = type;
    out->shape = s;
    set_strides(out);
    return AXL_OK;
}

view view_f32(float *data, size_t rows, size_t cols) {
    return (view){data, DTYPE_F32, SHAPE(rows, cols), {cols, 1}};
}

size_t view_elements(const view *v) {
    size_t n = 1;
    for (size_t i = 0; i < v->shape.dims; i++) n *= v->shape.dim[i];
    return n;
}

size_t view_bytes(const view *v) {
    const dtype_info *info = dtype_of(v->type);
    return info ? view_elements(v) / info->block * info->block_bytes : 0;
}

bool view_is_contiguous(const view *v) {
    size_t stride = 1;
    for (size_t i = v->shape.dims; i-- > 0;) {
        if (v->shape.dim[i] != 1 && v->stride[i] != stride) return false;
        stride *= v->shape.dim[i];
    }
    return true;
}

// Bytes to element `elements` of v's memory, which is at the start of a block.
static size_t offset_bytes(const view *v, size_t elements) {
    const dtype_info *info = dtype_of(v->type);
    return elements / info->block * info->block_bytes;
}

axl_status view_slice(view *v, size_t dim, size_t first, size_t count, axl_error *err) {
    char text[SHAPE_TEXT];
    RETURN_IF(dim >= v->shape.dims, err, AXL_BAD_ARGUMENT, "%s has no dimension %zu",
              view_text(v, text), dim);
    const size_t have = v->shape.dim[dim];
    RETURN_IF(first > have || count > have - first, err, AXL_BAD_ARGUMENT,
              "entries %zu to %zu+%zu of dimension %zu are not in %s", first, first, count, dim,
              view_text(v, text));
    const size_t block = dtype_of(v->type)->block;
    RETURN_IF(dim + 1 == v->shape.dims && (first % block != 0 || count % block != 0), err,
              AXL_BAD_ARGUMENT, "entries %zu+%zu cut a block of %s", first, count,
              view_text(v, text));
    if (v->data) v->data = (unsigned char *)v->data + offset_bytes(v, first * v->stride[dim]);
    v->shape.dim[dim] = count;
    return AXL_OK;
}

axl_status view_reshape(view *v, shape s, axl_error *err) {
    char from[SHAPE_TEXT], to[SHAPE_TEXT];
    size_t elements;
    FORWARD(shape_elements(&s, &elements, err));
    RETURN_IF(elements != view_elements(v), err, AXL_BAD_ARGUMENT, "%s cannot become %s",
              view_text(v, from), shape_text(&s, to));
    RETURN_IF(!view_is_contiguous(v), err, AXL_BAD_ARGUMENT,
              "%s is not contiguous and cannot become %s", view_text(v, from), shape_text(&s, to));
    view changed;
    FORWARD(view_make(&changed, v->data, v->type, s, err));
    *v = changed;
    return AXL_OK;
}

void *view_row(const view *v, size_t i) {
    return (unsigned char *)v->data + offset_bytes(v, i * v->stride[0]);
}

const char *view_text(const view *v, char out[SHAPE_TEXT]) {
    const dtype_info *info = dtype_of(v->type);
    char dims[SHAPE_TEXT];
    string_format(out, SHAPE_TEXT, NULL, "%s %s", info ? info->name : "?",
                  shape_text(&v->shape, dims));
    return out;
}
