#include "model/cross.h"

#include "base/error.h"
#include "model/look.h"
#include "tensor/op_normalize.h"
#include "tensor/op_vector.h"

// First column of the queries of scale a to scale b, in the projections of a.
static size_t query_column(size_t a, size_t b, size_t d) {
    return (pair_source(a, 0) == b ? 0 : 1) * d;
}

// First column of the keys of scale b for scale a, in the projections of b; the values follow.
static size_t key_column(size_t a, size_t b, size_t d) {
    return (pair_source(b, 0) == a ? 2 : 4) * d;
}

// Queries, keys and values of a pair in matrices that are laid out as the projections.
typedef struct parts {
    view q, k, v;
} parts;

static parts parts_of(const view project[MODEL_SCALES], size_t a, size_t b) {
    const size_t d = project[a].shape.dim[1] / CROSS_PARTS, k = key_column(a, b, d);
    return (parts){.q = columns_of(project[a], query_column(a, b, d), d),
                   .k = columns_of(project[b], k, d),
                   .v = columns_of(project[b], k + d, d)};
}

static look look_of(const workspace *w, const cross_state *s, size_t a, size_t b) {
    const view project[MODEL_SCALES] = {s->scale[0].project, s->scale[1].project,
                                        s->scale[2].project};
    const parts p = parts_of(project, a, b);
    const pair_params *at = &w->weights->table->rounds[s->round].pair[pair_index(a, b)];
    const cross_pair *kept = &s->pair[pair_index(a, b)];
    return (look){.query_scale = a,
                  .key_scale = b,
                  .q = p.q,
                  .k = p.k,
                  .v = p.v,
                  .null_k = weights_at(w->weights, at->null_k),
                  .null_v = weights_at(w->weights, at->null_v),
                  .o = kept->branch.o,
                  .row_max = kept->row_max,
                  .row_sum = kept->row_sum,
                  .d_null_k = weights_grad_at(w->weights, at->null_k),
                  .d_null_v = weights_grad_at(w->weights, at->null_v)};
}

// Rotates what is rotated in projections of scale s, or back in their gradient: both queries, both
// keys.
static axl_status rotate(const workspace *w, size_t s, const view *project, bool back,
                         axl_error *err) {
    const size_t d = w->config->d_model;
    const view rotated[] = {columns_of(*project, 0, 2 * d), columns_of(*project, 2 * d, d),
                            columns_of(*project, 4 * d, d)};
    for (size_t i = 0; i < 3; i++)
        FORWARD((back ? look_rotate_back : look_rotate)(w, s, &rotated[i], err));
    return AXL_OK;
}

static axl_status project(const workspace *w, const cross_state *s, size_t scale, const view *h,
                          axl_error *err) {
    const cross_scale *kept = &s->scale[scale];
    const op_normalize norm = {
        .eps = (float)w->config->norm_eps, .x = *h, .y = kept->x, .r = kept->r};
    FORWARD(op_normalize_forward(w->ex, &norm, err));
    const weight matrix = weights_projections(w->weights, s->round, scale);
    FORWARD(product_forward(&w->product, &matrix.op, &kept->x, &kept->project, err));
    return rotate(w, scale, &kept->project, false, err);
}

// Both pairs of scale a: h_a' = mid_0 + mid_1 - h_a + both feed-forwards.
static axl_status forward_scale(const workspace *w, const cross_state *s, size_t a, const view *h,
                                axl_error *err) {
    view mid[2];
    for (size_t i = 0; i < 2; i++) {
        const size_t b = pair_source(a, i);
        const core_weights c = weights_pair(w->weights, s->round, a, b);
        const look sight = look_of(w, s, a, b);
        FORWARD(look_forward(w, &sight, err));
        mid[i] = workspace_narrow(w, i, workspace_rows(w, a));
        FORWARD(op_copy(w->ex, &mid[i], h, err));
        FORWARD(branch_enter(w, &c, &s->pair[pair_index(a, b)].branch, &mid[i], err));
    }
    FORWARD(op_join(w->ex, h, &mid[0], &mid[1], err));
    for (size_t i = 0; i < 2; i++) {
        const size_t b = pair_source(a, i);
        const core_weights c = weights_pair(w->weights, s->round, a, b);
        FORWARD(branch_leave(w, &c, &s->pair[pair_index(a, b)].branch, h, err));
    }
    return AXL_OK;
}

axl_status cross_forward(const workspace *w, const cross_state *s, const view h[MODEL_SCALES],
                         axl_error *err) {
    for (size_t a = 0; a < MODEL_SCALES; a++) FORWARD(project(w, s, a, &h[a], err));
    for (size_t a = 0; a < MODEL_SCALES; a++) FORWARD(forward_scale(w, s, a, &h[a], err));
    return AXL_OK;
}

// One pair: adds to the gradients of the projections of a and b; mid, a copy of dh on entry, gets
// what the pair adds to the gradient of h_a.
static axl_status backward_pair(const workspace *w, const cross_state *s, const view *mid,
                                look *sight, axl_error *err) {
    const size_t a = sight->query_scale, b = sight->key_scale;
    const core_weights c = weights_pair(w->weights, s->round, a, b);
    const branch_state *branch = &s->pair[pair_index(a, b)].branch;
    sight->d_o = workspace_narrow(w, 3, workspace_rows(w, a));
    const branch_gradient d = {.mid = *mid, .o = sight->d_o};
    FORWARD(branch_enter_backward(w, &c, branch, &d, err));
    return look_backward(w, sight, err);
}

// The gradients of all projections, in the workspace.
static void gradients(const workspace *w, view d_project[MODEL_SCALES]) {
    for (size_t a = 0; a < MODEL_SCALES; a++)
        d_project[a] = view_f32(w->wide[a], workspace_rows(w, a), CROSS_PARTS * w->config->d_model);
}

static axl_status backward_scale(const workspace *w, const cross_state *s, size_t a, const view *dh,
                                 axl_error *err) {
    view mid[2], d_project[MODEL_SCALES];
    gradients(w, d_project);
    for (size_t i = 0; i < 2; i++) {
        const size_t b = pair_source(a, i);
        const core_weights c = weights_pair(w->weights, s->round, a, b);
        FORWARD(branch_leave_backward(w, &c, &s->pair[pair_index(a, b)].branch, dh, err));
        mid[i] = workspace_narrow(w, i, workspace_rows(w, a));
        FORWARD(op_copy(w->ex, &mid[i], dh, err));
        look sight = look_of(w, s, a, b);
        const parts p = parts_of(d_project, a, b);
        sight.dq = p.q;
        sight.dk = p.k;
        sight.dv = p.v;
        FORWARD(backward_pair(w, s, &mid[i], &sight, err));
    }
    return op_join(w->ex, dh, &mid[0], &mid[1], err);
}

axl_status cross_backward(const workspace *w, const cross_state *s, const view dh[MODEL_SCALES],
                          axl_error *err) {
    view d_project[MODEL_SCALES];
    gradients(w, d_project);
    for (size_t a = 0; a < MODEL_SCALES; a++) FORWARD(op_zero(w->ex, &d_project[a], err));
    for (size_t a = 0; a < MODEL_SCALES; a++) FORWARD(backward_scale(w, s, a, &dh[a], err));
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const cross_scale *kept = &s->scale[a];
        const weight matrix = weights_projections(w->weights, s->round, a);
        FORWARD(rotate(w, a, &d_project[a], true, err));
        const view dx = workspace_narrow(w, 0, workspace_rows(w, a));
        const product_gradient back = {
            .w = &matrix.op, .x = kept->x, .dy = d_project[a], .dx = dx, .g = matrix.g};
        FORWARD(product_backward(&w->product, &back, err));
        const op_normalize norm = {.y = kept->x, .r = kept->r, .dy = dx, .dx = dh[a]};
        FORWARD(op_normalize_backward(w->ex, &norm, err));
    }
    return AXL_OK;
}
