#include "model/branch.h"

#include "base/error.h"
#include "tensor/op_normalize.h"
#include "tensor/op_swiglu.h"
#include "tensor/op_vector.h"

static size_t rows_of(const branch_state *s) {
    return s->o.shape.dim[0];
}

// The attention's result as the product takes it: with dropout a copy, in narrow[2].
static axl_status dropped_o(const workspace *w, const branch_state *s, view *out, axl_error *err) {
    *out = s->o;
    if (!workspace_drops(w)) return AXL_OK;
    *out = workspace_narrow(w, 2, rows_of(s));
    FORWARD(op_copy(w->ex, out, &s->o, err));
    return workspace_dropout(w, s->site, out, err);
}

static dropout_site hidden_site(const branch_state *s) {
    dropout_site site = s->site;
    site.hidden = true;
    return site;
}

static op_swiglu swiglu_of(const workspace *w, const branch_state *s) {
    const size_t f = w->config->d_ff;
    return (op_swiglu){.a = columns_of(s->ab, 0, f),
                       .b = columns_of(s->ab, f, f),
                       .y = view_f32(w->hidden, rows_of(s), f)};
}

axl_status branch_enter(const workspace *w, const core_weights *c, const branch_state *s,
                        const view *mid, axl_error *err) {
    view o;
    FORWARD(dropped_o(w, s, &o, err));
    FORWARD(product_add(&w->product, &c->o.op, &o, mid, err));
    const op_normalize norm = {.eps = (float)w->config->norm_eps, .x = *mid, .y = s->x, .r = s->r};
    FORWARD(op_normalize_forward(w->ex, &norm, err));
    return product_forward(&w->product, &c->w13.op, &s->x, &s->ab, err);
}

// y = a * silu(b), with dropout, in w->hidden.
static axl_status hidden_forward(const workspace *w, const branch_state *s, view *y,
                                 axl_error *err) {
    const op_swiglu a = swiglu_of(w, s);
    FORWARD(op_swiglu_forward(w->ex, &a, err));
    *y = a.y;
    return workspace_dropout(w, hidden_site(s), y, err);
}

axl_status branch_leave(const workspace *w, const core_weights *c, const branch_state *s,
                        const view *out, axl_error *err) {
    view y;
    FORWARD(hidden_forward(w, s, &y, err));
    return product_add(&w->product, &c->w2.op, &y, out, err);
}

// The hidden layer was not kept: the backward pass of SwiGLU makes it again, in the place of its
// gradient.
axl_status branch_leave_backward(const workspace *w, const core_weights *c, const branch_state *s,
                                 const view *d_out, axl_error *err) {
    op_swiglu a = swiglu_of(w, s);
    view dy;
    FORWARD(product_operand(&w->product, d_out, w->product.y16, &dy, err));
    FORWARD(product_dx(&w->product, &c->w2.op, &dy, &a.y, err));
    FORWARD(workspace_dropout(w, hidden_site(s), &a.y, err));
    a.dy = a.y;
    a.da = a.a;
    a.db = a.b;
    FORWARD(op_swiglu_backward(w->ex, &a, err));
    FORWARD(workspace_dropout(w, hidden_site(s), &a.y, err));
    return product_dw(&w->product, &a.y, &dy, &c->w2.g, err);
}

axl_status branch_enter_backward(const workspace *w, const core_weights *c, const branch_state *s,
                                 const branch_gradient *d, axl_error *err) {
    const view dx = workspace_narrow(w, 2, rows_of(s));
    const product_gradient w13 = {.w = &c->w13.op, .x = s->x, .dy = s->ab, .dx = dx, .g = c->w13.g};
    FORWARD(product_backward(&w->product, &w13, err));
    const op_normalize norm = {.y = s->x, .r = s->r, .dy = dx, .dx = d->mid};
    FORWARD(op_normalize_backward(w->ex, &norm, err));
    product_gradient o = {.w = &c->o.op, .dy = d->mid, .dx = d->o, .g = c->o.g};
    FORWARD(dropped_o(w, s, &o.x, err));
    FORWARD(product_backward(&w->product, &o, err));
    return workspace_dropout(w, s->site, &d->o, err);
}
