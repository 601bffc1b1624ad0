#include "model/product.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/op_vector.h"

axl_status product_operand(const products *p, const view *v, void *room, view *out,
                           axl_error *err) {
    *out = *v;
    if (v->type == p->type) return AXL_OK;
    FORWARD(view_make(out, room, p->type, v->shape, err));
    return op_convert(p->ex, out, v, err);
}

static axl_status pack(const products *p, const op_weight *w, linear_form form, linear_panels *out,
                       axl_error *err) {
    *out = (linear_panels){.data = p->panels, .form = form};
    return op_weight_pack(p->ex, w, p->type, out, err);
}

static axl_status multiply(const products *p, const op_weight *w, const view *x, op_linear *out,
                           axl_error *err) {
    linear_panels panels;
    out->panels = &panels;
    FORWARD(product_operand(p, x, p->x16, &out->in, err));
    FORWARD(pack(p, w, LINEAR_FORWARD, &panels, err));
    return op_linear_apply(p->ex, out, err);
}

axl_status product_forward(const products *p, const op_weight *w, const view *x, const view *y,
                           axl_error *err) {
    return multiply(p, w, x, &(op_linear){.out = *y}, err);
}

axl_status product_add(const products *p, const op_weight *w, const view *x, const view *y,
                       axl_error *err) {
    return multiply(p, w, x, &(op_linear){.out = *y, .add = true}, err);
}

axl_status product_dw(const products *p, const view *x, const view *dy, const view *g,
                      axl_error *err) {
    op_linear_dw dw = {.dw = *g};
    FORWARD(product_operand(p, x, p->x16, &dw.x, err));
    FORWARD(product_operand(p, dy, p->y16, &dw.dy, err));
    return op_linear_add_dw(p->ex, &dw, err);
}

axl_status product_dx(const products *p, const op_weight *w, const view *dy, const view *dx,
                      axl_error *err) {
    linear_panels panels;
    op_linear a = {.panels = &panels, .out = *dx};
    FORWARD(product_operand(p, dy, p->y16, &a.in, err));
    FORWARD(pack(p, w, LINEAR_DX, &panels, err));
    return op_linear_apply(p->ex, &a, err);
}

axl_status product_backward(const products *p, const product_gradient *a, axl_error *err) {
    view dy;
    FORWARD(product_operand(p, &a->dy, p->y16, &dy, err));
    FORWARD(product_dw(p, &a->x, &dy, &a->g, err));
    linear_panels panels;
    FORWARD(pack(p, a->w, LINEAR_DX, &panels, err));
    const op_linear dx = {.in = dy, .panels = &panels, .out = a->dx, .add = a->add_dx};
    return op_linear_apply(p->ex, &dx, err);
}

size_t product_panels_bytes(const exec *ex, dtype type, size_t n, size_t k) {
    return size_max(linear_panels_bytes(ex, type, LINEAR_FORWARD, n, k),
                    linear_panels_bytes(ex, type, LINEAR_DX, n, k));
}

size_t product_scratch(const exec *ex, dtype type, size_t m, size_t n, size_t k) {
    const op_weight w = {.w = view_f32(NULL, n, k)};
    return size_max(op_linear_scratch(ex, type, m, n, k), op_weight_scratch(ex, &w));
}
