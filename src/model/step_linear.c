// Products of a step: few rows read the weight as it lies, many rows pack it first. A packed step
// has the sums of packed weights in any case.
#include "base/error.h"
#include "model/step_parts.h"
#include "tensor/op_blocks.h"
#include "tensor/op_linear_few.h"
#include "tensor/op_rmsnorm.h"
#include "tensor/op_rows.h"
#include "tensor/op_scale.h"

// Rows from which on packing pays: the weight is then read once instead of once for every 8 rows.
#define MANY_ROWS ((size_t)17)

static view vector(const float *data, size_t n) {
    return view_f32((float *)(uintptr_t)data, 1, n);
}

static view strided(float *data, size_t rows, size_t cols, size_t ld) {
    view v = view_f32(data, rows, cols);
    v.stride[0] = ld;
    return v;
}

static axl_status in_blocks(stepper *s, const step_linear *a, axl_error *err) {
    const size_t n = a->w->n, k = a->w->k;
    op_blocks product = {.x = view_f32((float *)(uintptr_t)a->x, a->rows, k),
                         .w = a->w->parts,
                         .count = a->w->count,
                         .y = strided(a->y, a->rows, n, a->ldy),
                         .add = a->add};
    if (a->scale) product.scale = vector(a->scale, n);
    return op_blocks_apply(&s->ex, &product, err);
}

static axl_status few(stepper *s, const step_linear *a, axl_error *err) {
    const size_t n = a->w->n, k = a->w->k;
    op_rows rows = {.x = view_f32((float *)(uintptr_t)a->x, a->rows, k),
                    .w = a->w->dense,
                    .y = strided(a->y, a->rows, n, a->ldy),
                    .add = a->add};
    if (a->scale) rows.scale = vector(a->scale, n);
    return op_rows_apply(&s->ex, &rows, err);
}

static axl_status many_f32(stepper *s, const step_linear *a, axl_error *err) {
    const view x = view_f32((float *)(uintptr_t)a->x, a->rows, a->w->k);
    const view y = strided(a->y, a->rows, a->w->n, a->ldy);
    if (a->rows <= LINEAR_FEW_ROWS) {
        const op_linear_few lean = {
            .x = x, .w = a->w->dense, .scale = a->scale, .y = y, .add = a->add};
        return op_linear_few_apply(&s->ex, &lean, err);
    }
    const op_weight w = {.w = a->w->dense, .scale = a->scale};
    products p = s->product;
    p.type = DTYPE_F32;
    return (a->add ? product_add : product_forward)(&p, &w, &x, &y, err);
}

// y = x W^T, or += ; in bf16, with the weight as it is.
static axl_status plain_bf16(stepper *s, const step_linear *a, const view *y, bool add,
                             axl_error *err) {
    products p = s->product;
    p.type = DTYPE_BF16;
    const view x = view_f32((float *)(uintptr_t)a->x, a->rows, a->w->k);
    view in;
    FORWARD(product_operand(&p, &x, p.x16, &in, err));
    if (a->rows <= LINEAR_FEW_ROWS) {
        const op_linear_few lean = {.x = in, .w = a->w->dense, .y = *y, .add = add};
        return op_linear_few_apply(&s->ex, &lean, err);
    }
    linear_panels panels = {.data = p.panels, .form = LINEAR_FORWARD};
    FORWARD(op_linear_pack(&s->ex, &a->w->dense, &panels, err));
    const op_linear apply = {.in = in, .panels = &panels, .out = *y, .add = add};
    return op_linear_apply(&s->ex, &apply, err);
}

// A scale needs the product by itself first: it belongs to the way back into a residual stream, d
// wide.
static axl_status many_bf16(stepper *s, const step_linear *a, axl_error *err) {
    const size_t n = a->w->n;
    const view y = strided(a->y, a->rows, n, a->ldy);
    if (!a->scale) return plain_bf16(s, a, &y, a->add, err);
    RETURN_IF(!a->add || a->ldy != n, err, AXL_INTERNAL, "a scale without a residual stream");
    const view product = view_f32(s->norm, a->rows, n);
    FORWARD(plain_bf16(s, a, &product, false, err));
    const op_scale scale = {.x = product, .s = vector(a->scale, n), .h = y};
    return op_scale_forward(&s->ex, &scale, err);
}

axl_status step_linear_run(stepper *s, const step_linear *a, axl_error *err) {
    if (a->rows == 0) return AXL_OK;
    if (s->observe) s->observe(s->observe_ctx, a->w, a->x, a->rows);
    if (a->w->count > 0) return in_blocks(s, a, err);
    if (s->spec.apart || (a->rows < MANY_ROWS && !s->spec.packed)) return few(s, a, err);
    return a->w->dense.type == DTYPE_F32 ? many_f32(s, a, err) : many_bf16(s, a, err);
}

axl_status step_norm(stepper *s, const float *gain, const view *x, float *y, axl_error *err) {
    const size_t rows = x->shape.dim[0], d = x->shape.dim[1];
    const op_rmsnorm a = {.eps = (float)s->m->table->config.norm_eps,
                          .x = *x,
                          .gain = vector(gain, d),
                          .y = view_f32(y, rows, d)};
    return op_rmsnorm_forward(&s->ex, &a, err);
}
