#include "model/block.h"

#include "base/error.h"
#include "model/look.h"
#include "tensor/op_normalize.h"
#include "tensor/op_vector.h"

static look look_of(const workspace *w, const block_state *s) {
    const size_t d = w->config->d_model;
    return (look){.query_scale = s->scale,
                  .key_scale = s->scale,
                  .q = columns_of(s->qkv, 0, d),
                  .k = columns_of(s->qkv, d, d),
                  .v = columns_of(s->qkv, 2 * d, d),
                  .o = s->branch.o,
                  .row_max = s->row_max,
                  .row_sum = s->row_sum};
}

axl_status block_forward(const workspace *w, const block_state *s, const view *h, axl_error *err) {
    const core_weights c = weights_block(w->weights, s->scale, s->layer);
    const op_normalize norm = {.eps = (float)w->config->norm_eps, .x = *h, .y = s->x, .r = s->r};
    FORWARD(op_normalize_forward(w->ex, &norm, err));
    FORWARD(product_forward(&w->product, &c.qkv.op, &s->x, &s->qkv, err));
    const view qk = columns_of(s->qkv, 0, 2 * w->config->d_model);
    FORWARD(look_rotate(w, s->scale, &qk, err));
    const look sight = look_of(w, s);
    FORWARD(look_forward(w, &sight, err));
    FORWARD(branch_enter(w, &c, &s->branch, h, err));
    return branch_leave(w, &c, &s->branch, h, err);
}

axl_status block_backward(const workspace *w, const block_state *s, const view *dh,
                          axl_error *err) {
    const size_t d = w->config->d_model, rows = workspace_rows(w, s->scale);
    const core_weights c = weights_block(w->weights, s->scale, s->layer);
    FORWARD(branch_leave_backward(w, &c, &s->branch, dh, err));
    look sight = look_of(w, s);
    sight.d_o = workspace_narrow(w, 0, rows);
    const branch_gradient branch = {.mid = *dh, .o = sight.d_o};
    FORWARD(branch_enter_backward(w, &c, &s->branch, &branch, err));

    const view d_qkv = view_f32(w->wide[s->scale], rows, 3 * d), qk = columns_of(d_qkv, 0, 2 * d);
    FORWARD(op_zero(w->ex, &d_qkv, err));
    sight.dq = columns_of(d_qkv, 0, d);
    sight.dk = columns_of(d_qkv, d, d);
    sight.dv = columns_of(d_qkv, 2 * d, d);
    FORWARD(look_backward(w, &sight, err));
    FORWARD(look_rotate_back(w, s->scale, &qk, err));

    const view dx = workspace_narrow(w, 0, rows);
    const product_gradient qkv = {.w = &c.qkv.op, .x = s->x, .dy = d_qkv, .dx = dx, .g = c.qkv.g};
    FORWARD(product_backward(&w->product, &qkv, err));
    const op_normalize norm = {.y = s->x, .r = s->r, .dy = dx, .dx = *dh};
    return op_normalize_backward(w->ex, &norm, err);
}
