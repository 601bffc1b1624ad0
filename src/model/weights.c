#include "model/weights.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/op_vector.h"

const float *weights_at(const weights *m, size_t offset) {
    return m->w ? m->w + offset : NULL;
}

float *weights_grad_at(const weights *m, size_t offset) {
    return m->g ? m->g + offset : NULL;
}

// A matrix [rows, cols] of the block without gains or scale.
static weight plain(const weights *m, size_t offset, size_t rows, size_t cols) {
    weight out = {.op = {.w = view_f32((float *)(uintptr_t)weights_at(m, offset), rows, cols)}};
    if (m->g) out.g = view_f32(m->g + offset, rows, cols);
    return out;
}

static void add_gain(const weights *m, weight *w, size_t rows, size_t gain) {
    w->op.part[w->op.part_count++] =
        (weight_part){.rows = rows, .gain = weights_at(m, gain), .dgain = weights_grad_at(m, gain)};
}

static weight with_gain(const weights *m, size_t offset, shape s, size_t gain) {
    weight out = plain(m, offset, s.dim[0], s.dim[1]);
    add_gain(m, &out, s.dim[0], gain);
    return out;
}

static weight with_scale(const weights *m, size_t offset, shape s, size_t scale) {
    weight out = plain(m, offset, s.dim[0], s.dim[1]);
    out.op.scale = weights_at(m, scale);
    out.op.dscale = weights_grad_at(m, scale);
    return out;
}

core_weights weights_block(const weights *m, size_t scale, size_t layer) {
    const model_config *c = &m->table->config;
    const size_t d = c->d_model, f = c->d_ff;
    const block_params *p = &m->table->blocks[scale * c->n_layers + layer];
    return (core_weights){
        .qkv = with_gain(m, p->qkv, SHAPE(3 * d, d), p->attn_norm),
        .o = with_scale(m, p->o, SHAPE(d, d), p->attn_scale),
        .w13 = with_gain(m, p->w13, SHAPE(2 * f, d), p->ffn_norm),
        .w2 = with_scale(m, p->w2, SHAPE(d, f), p->ffn_scale),
    };
}

core_weights weights_pair(const weights *m, size_t round, size_t a, size_t b) {
    const size_t d = m->table->config.d_model, f = m->table->config.d_ff;
    const pair_params *p = &m->table->rounds[round].pair[pair_index(a, b)];
    return (core_weights){
        .o = with_scale(m, p->o, SHAPE(d, d), p->attn_scale),
        .w13 = with_gain(m, p->w13, SHAPE(2 * f, d), p->ffn_norm),
        .w2 = with_scale(m, p->w2, SHAPE(d, f), p->ffn_scale),
    };
}

weight weights_projections(const weights *m, size_t round, size_t s) {
    const size_t d = m->table->config.d_model;
    const round_params *p = &m->table->rounds[round];
    weight out = plain(m, p->project[s], CROSS_PARTS * d, d);
    for (size_t i = 0; i < 2; i++)
        add_gain(m, &out, d, p->pair[pair_index(s, pair_source(s, i))].q_norm);
    for (size_t i = 0; i < 2; i++)
        add_gain(m, &out, 2 * d, p->pair[pair_index(pair_source(s, i), s)].kv_norm);
    return out;
}

weight weights_down(const weights *m, size_t scale) {
    const size_t d = m->table->config.d_model;
    return plain(m, m->table->down[scale], d, model_factor(scale) * d);
}

weight weights_up(const weights *m, size_t scale, size_t first, size_t count) {
    const size_t d = m->table->config.d_model;
    return plain(m, m->table->up[scale] + first * d * d, count * d, d);
}

weight weights_gate(const weights *m, size_t scale) {
    const size_t d = m->table->config.d_model;
    weight out = plain(m, m->table->gate + scale * d, MODEL_SCALES, d);
    out.op.w.stride[0] = MODEL_SCALES * d;
    if (out.g.data) out.g.stride[0] = MODEL_SCALES * d;
    return out;
}

weight weights_fuse(const weights *m) {
    const size_t d = m->table->config.d_model;
    return plain(m, m->table->fuse, d, d);
}

weight weights_head(const weights *m, float *head_g) {
    const model_config *c = &m->table->config;
    weight out = with_gain(m, m->table->embed, SHAPE(c->vocab_size, c->d_model), m->table->norm);
    if (head_g) out.g = view_f32(head_g, c->vocab_size, c->d_model);
    return out;
}

weight weights_exit(const weights *m) {
    const model_config *c = &m->table->config;
    return plain(m, m->table->embed, c->vocab_size, c->d_model);
}

static axl_status unfold(const exec *ex, const weight *w, axl_error *err) {
    return op_weight_unfold(ex, &w->op, &w->g, err);
}

static axl_status unfold_core(const exec *ex, const core_weights *core, axl_error *err) {
    FORWARD(unfold(ex, &core->o, err));
    FORWARD(unfold(ex, &core->w13, err));
    return unfold(ex, &core->w2, err);
}

axl_status weights_unfold(const exec *ex, const weights *m, float *head_g, axl_error *err) {
    const model_config *c = &m->table->config;
    for (size_t s = 0; s < MODEL_SCALES; s++)
        for (size_t i = 0; i < c->n_layers; i++) {
            const core_weights core = weights_block(m, s, i);
            FORWARD(unfold(ex, &core.qkv, err));
            FORWARD(unfold_core(ex, &core, err));
        }
    for (size_t r = 0; r < c->n_cross; r++)
        for (size_t a = 0; a < MODEL_SCALES; a++) {
            const weight project = weights_projections(m, r, a);
            FORWARD(unfold(ex, &project, err));
            for (size_t i = 0; i < 2; i++) {
                const core_weights core = weights_pair(m, r, a, pair_source(a, i));
                FORWARD(unfold_core(ex, &core, err));
            }
        }
    const weight head = weights_head(m, head_g);
    FORWARD(unfold(ex, &head, err));
    const view embed = weights_exit(m).g;
    return op_add(ex, &embed, &head.g, err);
}

size_t weights_unfold_scratch(const exec *ex, const param_table *t) {
    const weights m = {.table = t};
    const core_weights core = weights_block(&m, 0, 0);
    const weight head = weights_head(&m, NULL);
    size_t most = size_max(op_weight_scratch(ex, &core.qkv.op), op_weight_scratch(ex, &core.o.op));
    most = size_max(most, op_weight_scratch(ex, &core.w13.op));
    most = size_max(most, op_weight_scratch(ex, &core.w2.op));
    most = size_max(most, op_weight_scratch(ex, &head.op));
    if (t->config.n_cross > 0) {
        const weight project = weights_projections(&m, 0, 0);
        most = size_max(most, op_weight_scratch(ex, &project.op));
    }
    return most;
}
