#include "model/look.h"

#include "base/sizes.h"
#include "tensor/op_attention.h"
#include "tensor/op_rope.h"

#include <math.h>

static op_attention_sizes sizes_of(const model_config *c, size_t batch, size_t queries,
                                   size_t keys) {
    return (op_attention_sizes){.batch = batch,
                                .heads = c->n_heads,
                                .size = config_head_size(c),
                                .queries = queries,
                                .keys = keys};
}

static view vector(const float *data, size_t n) {
    return view_f32((float *)(uintptr_t)data, 1, n);
}

static op_attention attention_of(const workspace *w, const look *a) {
    const timeline *t = w->time;
    const size_t d = w->config->d_model;
    op_attention out = {
        .sizes = sizes_of(w->config, t->batch, timeline_states(t, a->query_scale),
                          timeline_states(t, a->key_scale)),
        .scale = (float)(1 / sqrt((double)config_head_size(w->config))),
        .q = a->q,
        .k = a->k,
        .v = a->v,
        .visible = t->visible[a->query_scale][a->key_scale],
        .o = a->o,
        .row_max = a->row_max,
        .row_sum = a->row_sum,
        .d_o = a->d_o,
        .dq = a->dq,
        .dk = a->dk,
        .dv = a->dv,
    };
    if (a->null_k) {
        out.sizes.null_key = true;
        out.null_k = vector(a->null_k, d);
        out.null_v = vector(a->null_v, d);
        if (a->d_null_k) {
            out.d_null_k = vector(a->d_null_k, d);
            out.d_null_v = vector(a->d_null_v, d);
        }
    }
    return out;
}

axl_status look_forward(const workspace *w, const look *a, axl_error *err) {
    const op_attention attention = attention_of(w, a);
    return op_attention_forward(w->ex, &attention, err);
}

axl_status look_backward(const workspace *w, const look *a, axl_error *err) {
    const op_attention attention = attention_of(w, a);
    return op_attention_backward(w->ex, &attention, err);
}

static op_rope rope_of(const workspace *w, size_t scale, const view *x) {
    return (op_rope){.table = w->rope, .position = w->time->position[scale], .x = *x, .y = *x};
}

axl_status look_rotate(const workspace *w, size_t scale, const view *x, axl_error *err) {
    const op_rope a = rope_of(w, scale, x);
    return op_rope_forward(w->ex, &a, err);
}

axl_status look_rotate_back(const workspace *w, size_t scale, const view *dx, axl_error *err) {
    const op_rope a = rope_of(w, scale, dx);
    return op_rope_backward(w->ex, &a, err);
}

size_t look_scratch(const exec *ex, const model_config *c, size_t batch, size_t length,
                    bool train) {
    size_t most = 0;
    for (size_t a = 0; a < MODEL_SCALES; a++)
        for (size_t b = 0; b < MODEL_SCALES; b++) {
            op_attention_sizes s =
                sizes_of(c, batch, length / model_factor(a), length / model_factor(b));
            s.null_key = a != b;
            most = size_max(most, train ? op_attention_backward_scratch(ex, &s)
                                        : op_attention_forward_scratch(ex, &s));
        }
    return train ? size_max(most, look_scratch(ex, c, batch, length, false)) : most;
}
