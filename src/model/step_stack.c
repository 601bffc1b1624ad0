// The stacks and the cross rounds of a step.
#include "base/error.h"
#include "model/step_parts.h"
#include "tensor/op_rope.h"
#include "tensor/op_swiglu.h"
#include "tensor/op_vector.h"

#include <math.h>
#include <string.h>

// New states of a sequence, on average, up to which packing keys for them costs more than it gains.
#define FEW_QUERIES ((size_t)3)

static size_t width(const stepper *s) {
    return s->m->table->config.d_model;
}

// ---- attention over the caches ----

void step_publish(stepper *s, size_t b, size_t lane, bool cross, const float *k) {
    const size_t d = width(s), ld = cross ? CROSS_PARTS * d : 3 * d;
    for (size_t i = 0; i < s->count; i++) {
        const cache *c = s->items[i].cache;
        const cache_lane *to = cross ? &c->cross[lane] : &c->self[lane];
        const step_sequence *q = &s->sequences[i];
        for (size_t j = 0; j < q->count[b]; j++) {
            const float *row = k + (q->first[b] + j) * ld; // the value lies behind the key
            memcpy(to->k + (q->before[b] + j) * d, row, d * sizeof *row);
            memcpy(to->v + (q->before[b] + j) * d, row + d, d * sizeof *row);
        }
    }
}

// Whether each new state of scale a looks by itself. Never in a packed step: there the bits may not
// depend on how many states come together.
static bool look_apart(const stepper *s, size_t a) {
    return s->spec.apart || (!s->spec.packed && s->scale[a].rows <= FEW_QUERIES * s->count);
}

axl_status step_look_run(stepper *s, const step_look *a, axl_error *err) {
    const size_t d = width(s);
    const model_config *c = &s->m->table->config;
    op_attend attend = {.list = s->attends,
                        .heads = c->n_heads,
                        .size = config_head_size(c),
                        .ldq = a->ldq,
                        .scale = (float)(1 / sqrt((double)config_head_size(c))),
                        .few = look_apart(s, a->a),
                        .null_k = a->null_k,
                        .null_v = a->null_v};
    for (size_t i = 0; i < s->count; i++) {
        const step_sequence *q = &s->sequences[i];
        if (q->count[a->a] == 0) continue;
        const cache *of = s->items[i].cache;
        const cache_lane *lane = a->a == a->b ? &of->self[a->lane] : &of->cross[a->lane];
        // Apart they need not be one task: more of them share the threads better.
        const size_t together = s->spec.apart ? 1 : q->count[a->a];
        for (size_t j = 0; j < q->count[a->a]; j += together) {
            const size_t row = q->first[a->a] + j;
            s->attends[attend.count++] = (attend_sequence){
                .queries = together,
                .keys = q->before[a->b] + q->count[a->b],
                .q = a->q + row * a->ldq,
                .k = lane->k,
                .v = lane->v,
                .visible = s->scale[a->a].visible[a->b] + row,
                .o = s->o + row * d,
            };
        }
    }
    return op_attend_run(&s->ex, &attend, err);
}

// mid += s1 Wo o;  mid += s2 FFN(RMS(mid))
axl_status step_core(stepper *s, const frozen_core *core, float *mid, size_t rows, axl_error *err) {
    const size_t d = width(s), f = s->m->table->config.d_ff;
    const step_linear o = {.w = &core->o,
                           .scale = core->attn_scale,
                           .x = s->o,
                           .y = mid,
                           .rows = rows,
                           .ldy = d,
                           .add = true};
    FORWARD(step_linear_run(s, &o, err));
    const view stream = view_f32(mid, rows, d);
    FORWARD(step_norm(s, core->ffn_norm, &stream, s->gained, err));
    const step_linear w13 = {
        .w = &core->w13, .x = s->gained, .y = s->hidden, .rows = rows, .ldy = 2 * f};
    FORWARD(step_linear_run(s, &w13, err));
    const view ab = view_f32(s->hidden, rows, 2 * f);
    const op_swiglu swiglu = {
        .a = columns_of(ab, 0, f), .b = columns_of(ab, f, f), .y = view_f32(s->swiglu, rows, f)};
    FORWARD(op_swiglu_forward(&s->ex, &swiglu, err));
    const step_linear w2 = {.w = &core->w2,
                            .scale = core->ffn_scale,
                            .x = s->swiglu,
                            .y = mid,
                            .rows = rows,
                            .ldy = d,
                            .add = true};
    return step_linear_run(s, &w2, err);
}

static axl_status rotate(stepper *s, size_t a, const view *x, axl_error *err) {
    const op_rope rope = {.table = &s->rope, .position = s->scale[a].position, .x = *x, .y = *x};
    return op_rope_forward(&s->ex, &rope, err);
}

// ---- stacks ----

void step_embed(const stepper *s, const uint16_t *ids, size_t count, float *out) {
    const view *e = &s->m->embed;
    const size_t d = width(s);
    for (size_t i = 0; i < count; i++)
        dtype_of(e->type)->to_f32(s->ex.k, out + i * d, view_row(e, ids[i]), d);
}

// The states at the bottom of the stack of scale a: the embedding of each new group's bytes, side
// by side, through the downsampling.
static axl_status bottom(stepper *s, size_t a, axl_error *err) {
    const size_t k = model_factor(a), d = width(s);
    const step_scale *scale = &s->scale[a];
    for (size_t i = 0; i < s->count; i++) {
        const step_sequence *q = &s->sequences[i];
        memcpy(s->ids + q->first[a] * k, s->items[i].cache->ids + q->before[a] * k,
               q->count[a] * k * sizeof *s->ids);
    }
    if (a == 0) {
        step_embed(s, s->ids, scale->rows, scale->h);
        return AXL_OK;
    }
    step_embed(s, s->ids, scale->rows * k, s->hidden);
    const step_linear down = {
        .w = &s->m->down[a], .x = s->hidden, .y = scale->h, .rows = scale->rows, .ldy = d};
    return step_linear_run(s, &down, err);
}

static axl_status block(stepper *s, size_t a, size_t layer, axl_error *err) {
    const size_t d = width(s), lane = a * s->m->table->config.n_layers + layer;
    const frozen_block *b = &s->m->blocks[lane];
    const step_scale *scale = &s->scale[a];
    const view h = view_f32(scale->h, scale->rows, d);
    FORWARD(step_norm(s, b->attn_norm, &h, s->gained, err));
    const step_linear qkv = {
        .w = &b->qkv, .x = s->gained, .y = scale->wide, .rows = scale->rows, .ldy = 3 * d};
    FORWARD(step_linear_run(s, &qkv, err));
    const view qk = columns_of(view_f32(scale->wide, scale->rows, 3 * d), 0, 2 * d);
    FORWARD(rotate(s, a, &qk, err));
    step_publish(s, a, lane, false, scale->wide + d);
    const step_look look = {.a = a, .b = a, .lane = lane, .q = scale->wide, .ldq = 3 * d};
    FORWARD(step_look_run(s, &look, err));
    return step_core(s, &b->core, scale->h, scale->rows, err);
}

axl_status step_stacks(stepper *s, axl_error *err) {
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const step_scale *scale = &s->scale[a];
        if (scale->rows == 0) continue;
        FORWARD(bottom(s, a, err));
        for (size_t i = 0; i < s->m->table->config.n_layers; i++) FORWARD(block(s, a, i, err));
        const view h = view_f32(scale->h, scale->rows, width(s));
        FORWARD(step_norm(s, s->m->stack_norm[a], &h, scale->h, err));
    }
    return AXL_OK;
}

// ---- cross rounds ----

// One piece of the projections of scale a: rows first .. first+count-1 (times d) of the matrix,
// whose input has its own gain.
typedef struct piece {
    const float *gain;
    size_t first, count;
} piece;

static axl_status project_piece(stepper *s, size_t round, size_t a, const piece *p,
                                axl_error *err) {
    const size_t d = width(s);
    const step_scale *scale = &s->scale[a];
    const frozen_matrix *all = &s->m->rounds[round].project[a];
    const frozen_matrix w = frozen_rows(all, p->first * d, p->count * d);
    const view h = view_f32(scale->h, scale->rows, d);
    FORWARD(step_norm(s, p->gain, &h, s->gained, err));
    const step_linear product = {.w = &w,
                                 .x = s->gained,
                                 .y = scale->wide + p->first * d,
                                 .rows = scale->rows,
                                 .ldy = CROSS_PARTS * d};
    return step_linear_run(s, &product, err);
}

// Queries of scale a, and its keys and values for the two others, which are published.
static axl_status project(stepper *s, size_t round, size_t a, axl_error *err) {
    const size_t d = width(s);
    const step_scale *scale = &s->scale[a];
    const frozen_pair *pairs = s->m->rounds[round].pair;
    const view all = view_f32(scale->wide, scale->rows, CROSS_PARTS * d);
    for (size_t i = 0; i < 2; i++) {
        const size_t other = pair_source(a, i);
        const piece q = {pairs[pair_index(a, other)].q_norm, i, 1};
        const piece kv = {pairs[pair_index(other, a)].kv_norm, 2 + 2 * i, 2};
        FORWARD(project_piece(s, round, a, &q, err));
        FORWARD(project_piece(s, round, a, &kv, err));
        const view key = columns_of(all, kv.first * d, d);
        FORWARD(rotate(s, a, &key, err));
        step_publish(s, a, round * MODEL_PAIRS + pair_index(other, a), true,
                     scale->wide + kv.first * d);
    }
    const view queries = columns_of(all, 0, 2 * d);
    return rotate(s, a, &queries, err);
}

static axl_status cross_scale(stepper *s, size_t round, size_t a, axl_error *err) {
    const size_t d = width(s);
    const step_scale *scale = &s->scale[a];
    const view h = view_f32(scale->h, scale->rows, d);
    view mid[2];
    for (size_t i = 0; i < 2; i++) {
        const size_t b = pair_source(a, i), pair = pair_index(a, b);
        const frozen_pair *p = &s->m->rounds[round].pair[pair];
        const step_look look = {.a = a,
                                .b = b,
                                .lane = round * MODEL_PAIRS + pair,
                                .q = scale->wide + i * d,
                                .ldq = CROSS_PARTS * d,
                                .null_k = p->null_k,
                                .null_v = p->null_v};
        FORWARD(step_look_run(s, &look, err));
        mid[i] = view_f32(s->mid[i], scale->rows, d);
        FORWARD(op_copy(&s->ex, &mid[i], &h, err));
        FORWARD(step_core(s, &p->core, s->mid[i], scale->rows, err));
    }
    return op_join(&s->ex, &h, &mid[0], &mid[1], err);
}

axl_status step_rounds(stepper *s, axl_error *err) {
    for (size_t r = 0; r < s->m->table->config.n_cross; r++) {
        for (size_t a = 0; a < MODEL_SCALES; a++)
            if (s->scale[a].rows > 0) FORWARD(project(s, r, a, err));
        for (size_t a = 0; a < MODEL_SCALES; a++)
            if (s->scale[a].rows > 0) FORWARD(cross_scale(s, r, a, err));
    }
    const size_t d = width(s);
    for (size_t i = 0; i < s->count; i++)
        for (size_t a = 1; a < MODEL_SCALES; a++) {
            const step_sequence *q = &s->sequences[i];
            memcpy(s->items[i].cache->final[a] + (1 + q->before[a]) * d,
                   s->scale[a].h + q->first[a] * d, q->count[a] * d * sizeof(float));
        }
    return AXL_OK;
}
