#include "model/head.h"

#include "base/error.h"
#include "tensor/op_cross_entropy.h"
#include "tensor/op_normalize.h"
#include "tensor/op_vector.h"

axl_status head_main_forward(const workspace *w, const head_state *s, const view *f,
                             axl_error *err) {
    const op_normalize norm = {.eps = (float)w->config->norm_eps, .x = *f, .y = s->x, .r = s->r};
    FORWARD(op_normalize_forward(w->ex, &norm, err));
    const weight e = weights_head(w->weights, NULL);
    return product_forward(&w->product, &e.op, &s->x, &s->logits, err);
}

axl_status head_exit_forward(const workspace *w, const head_state *s, const view *h,
                             axl_error *err) {
    const weight e = weights_exit(w->weights);
    return product_forward(&w->product, &e.op, h, &s->logits, err);
}

static axl_status loss(const workspace *w, const head_state *s, const head_target *t,
                       axl_error *err) {
    const op_cross_entropy a = {
        .z = s->logits, .target = t->target, .weight = t->weight, .loss = s->loss, .sum = t->sum};
    return t->weight > 0 ? op_cross_entropy_gradient(w->ex, &a, err)
                         : op_cross_entropy_loss(w->ex, &a, err);
}

axl_status head_main_loss(const workspace *w, const head_state *s, const head_target *t,
                          axl_error *err) {
    FORWARD(loss(w, s, t, err));
    if (!(t->weight > 0)) return AXL_OK;
    const weight e = weights_head(w->weights, s->main_g);
    const view dx = workspace_narrow(w, 0, workspace_rows(w, 0));
    const product_gradient back = {.w = &e.op, .x = s->x, .dy = s->logits, .dx = dx, .g = e.g};
    FORWARD(product_backward(&w->product, &back, err));
    FORWARD(op_zero(w->ex, &t->d_state, err));
    const op_normalize norm = {.y = s->x, .r = s->r, .dy = dx, .dx = t->d_state};
    return op_normalize_backward(w->ex, &norm, err);
}

axl_status head_exit_loss(const workspace *w, const head_state *s, const head_target *t,
                          const view *h, axl_error *err) {
    FORWARD(loss(w, s, t, err));
    if (!(t->weight > 0)) return AXL_OK;
    const weight e = weights_exit(w->weights);
    const product_gradient back = {
        .w = &e.op, .x = *h, .dy = s->logits, .dx = t->d_state, .g = e.g};
    return product_backward(&w->product, &back, err);
}
