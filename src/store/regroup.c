#include "store/regroup.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/blocks_matrix.h"

#include <string.h>

// The slices of an upsampling are matrices of their own (model/frozen.h).
typedef struct parts {
    size_t count, rows, cols; // of each
} parts;

static parts parts_of(const param *row) {
    const shape *s = &row->shape;
    const size_t cols = s->dim[s->dims - 1], count = s->dims == 3 ? s->dim[0] : 1;
    return (parts){count, row->count / cols / count, cols};
}

bool regroup_can(const param *row, dtype type) {
    blocks_form form;
    return row->kind == PARAM_MATRIX && row->bits != PARAM_BITS_ALL && blocks_form_of(type, &form);
}

bool regroup_bytes(const param *row, dtype type, bool grouped, size_t *out) {
    const parts p = parts_of(row);
    size_t part;
    if (!grouped)
        return blocks_row_bytes(type, p.cols, &part) && size_mul3(p.count, p.rows, part, out);
    return regroup_can(row, type) && blocks_matrix_bytes(type, p.rows, p.cols, &part) &&
           size_mul(p.count, part, out);
}

void regroup(const import_tensor *t, void *to) {
    const parts p = parts_of(t->row);
    const dtype type = dtype_by_gguf((int)t->type);
    blocks_matrix groups = {.n = p.rows, .k = p.cols};
    size_t row, part;
    if (!blocks_form_of(type, &groups.form)) return; // all three have passed
    if (!blocks_row_bytes(type, p.cols, &row)) return;
    if (!blocks_matrix_bytes(type, p.rows, p.cols, &part)) return;
    for (size_t i = 0; i < p.count; i++) {
        const char *data = t->data;
        char *out = to;
        if (t->grouped) {
            groups.data = data + i * part;
            blocks_matrix_restore(NULL, &groups, type, out + i * p.rows * row);
        } else {
            const blocks_stored from = {type, p.rows, p.cols, data + i * p.rows * row};
            (void)blocks_matrix_prepare(NULL, &from, out + i * part);
        }
    }
}

const char *regroup_layout_name(bool grouped) {
    return grouped ? "groups" : "rows";
}

axl_status regroup_layout(const char *name, bool *grouped, axl_error *err) {
    *grouped = strcmp(name, regroup_layout_name(true)) == 0;
    RETURN_IF(!*grouped && strcmp(name, regroup_layout_name(false)) != 0, err, AXL_BAD_ARGUMENT,
              "the layout is '%s', must be rows or groups", name);
    return AXL_OK;
}
