#include "tensor/operand.h"

#include "base/error.h"

// Rows of v and the distance between them; false where they are not evenly spaced. A row without
// neighbours, and rows without content, count as contiguous.
static bool collapse(const view *v, size_t *rows, size_t *cols, size_t *ld) {
    const shape *s = &v->shape;
    if (s->dims > SHAPE_DIMS) return false;
    *rows = 1;
    *cols = s->dims > 0 ? s->dim[s->dims - 1] : 1;
    *ld = *cols;
    if (s->dims > 0 && *cols > 1 && v->stride[s->dims - 1] != 1) return false;
    size_t next = 0; // stride expected of the dimension before, once one is known
    for (size_t i = s->dims > 0 ? s->dims - 1 : 0; i-- > 0;) {
        if (s->dim[i] == 1) continue;
        if (*rows == 1) {
            *ld = v->stride[i];
        } else if (v->stride[i] != next) {
            return false;
        }
        *rows *= s->dim[i];
        next = v->stride[i] * s->dim[i];
    }
    return *rows <= 1 || *ld >= *cols;
}

axl_status operand_matrix(matrix *out, const view *v, const char *op, const char *name,
                          axl_error *err) {
    char text[SHAPE_TEXT];
    *out = (matrix){0};
    RETURN_IF(!v->data, err, AXL_BAD_ARGUMENT, "%s: %s is not given", op, name);
    RETURN_IF(v->type != DTYPE_F32, err, AXL_BAD_ARGUMENT, "%s: %s is %s, not f32", op, name,
              view_text(v, text));
    matrix m = {v->data, 0, 0, 0};
    RETURN_IF(!collapse(v, &m.rows, &m.cols, &m.ld), err, AXL_BAD_ARGUMENT,
              "%s: %s has uneven strides", op, name);
    *out = m;
    return AXL_OK;
}

static axl_status check_one(const char *op, const operand *o, axl_error *err) {
    char have[SHAPE_TEXT], want[SHAPE_TEXT];
    const view *v = o->v;
    if (!v->data && (o->flags & OPERAND_OPTIONAL)) return AXL_OK;
    RETURN_IF(!v->data, err, AXL_BAD_ARGUMENT, "%s: %s is not given", op, o->name);
    const dtype type = o->flags & OPERAND_BF16 ? DTYPE_BF16 : DTYPE_F32;
    RETURN_IF(v->type != type, err, AXL_BAD_ARGUMENT, "%s: %s is %s, not %s", op, o->name,
              view_text(v, have), dtype_of(type)->name);
    size_t rows, cols, ld;
    RETURN_IF(!collapse(v, &rows, &cols, &ld), err, AXL_BAD_ARGUMENT, "%s: %s has uneven strides",
              op, o->name);
    const shape expected = o->rows == 1 ? SHAPE(o->cols) : SHAPE(o->rows, o->cols);
    const bool fits = o->rows == 1 ? rows * cols == o->cols && (rows == 1 || ld == cols)
                                   : rows == o->rows && cols == o->cols;
    RETURN_IF(!fits, err, AXL_BAD_ARGUMENT, "%s: %s is %s, expected %s %s", op, o->name,
              view_text(v, have), dtype_of(type)->name, shape_text(&expected, want));
    RETURN_IF(!(o->flags & OPERAND_STRIDED) && rows > 1 && ld != cols, err, AXL_BAD_ARGUMENT,
              "%s: the rows of %s are not contiguous", op, o->name);
    return AXL_OK;
}

axl_status operand_check(const char *op, const operand *list, size_t count, axl_error *err) {
    for (size_t i = 0; i < count; i++) FORWARD(check_one(op, &list[i], err));
    return AXL_OK;
}

matrix operand_get(const view *v) {
    matrix m = {v->data, 0, 0, 0};
    if (!collapse(v, &m.rows, &m.cols, &m.ld)) m.rows = m.cols = m.ld = 0;
    return m;
}
