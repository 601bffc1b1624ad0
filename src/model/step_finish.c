// From the states of a step to its results, for the symbols whose logits are wanted.
#include "base/error.h"
#include "model/step_parts.h"
#include "tensor/op_gate.h"

#include <string.h>

// A symbol whose logits are wanted: row `row` of the results.
typedef struct wish {
    size_t sequence;
    size_t at; // among the new symbols of its sequence
    size_t row;
} wish;

// Calls fn for every wish, in the order of the results; the number of them.
typedef void each_wish_fn(stepper *s, const wish *w, void *ctx);
static size_t each_wish(stepper *s, each_wish_fn *fn, void *ctx) {
    wish w = {0};
    for (w.sequence = 0; w.sequence < s->count; w.sequence++) {
        const step_item *item = &s->items[w.sequence];
        for (w.at = item->count - item->wanted; w.at < item->count; w.at++, w.row++) fn(s, &w, ctx);
    }
    return w.row;
}

static void take_fine(stepper *s, const wish *w, void *ctx) {
    (void)ctx;
    const size_t d = s->m->table->config.d_model;
    memcpy(s->u[0] + w->row * d, s->scale[0].h + (s->sequences[w->sequence].first[0] + w->at) * d,
           d * sizeof(float));
}

// Upsampling of scale a, phase r: states are gathered into s->norm, multiplied with one slice into
// s->gained, and put where they belong.
typedef struct phase {
    size_t scale, r;
    size_t count; // gathered so far
} phase;

static bool in_phase(const stepper *s, const wish *w, const phase *p, size_t *source) {
    const size_t k = model_factor(p->scale);
    const size_t next = s->items[w->sequence].cache->length + w->at + 1; // t + 1
    *source = next / k; // state j* = next / k - 1; row 0 is the start state
    return next % k == p->r;
}

static void gather(stepper *s, const wish *w, void *ctx) {
    phase *p = ctx;
    const size_t d = s->m->table->config.d_model;
    size_t source;
    if (!in_phase(s, w, p, &source)) return;
    memcpy(s->norm + p->count++ * d, s->items[w->sequence].cache->final[p->scale] + source * d,
           d * sizeof(float));
}

static void scatter(stepper *s, const wish *w, void *ctx) {
    phase *p = ctx;
    const size_t d = s->m->table->config.d_model;
    size_t source;
    if (!in_phase(s, w, p, &source)) return;
    memcpy(s->u[p->scale] + w->row * d, s->gained + p->count++ * d, d * sizeof(float));
}

static axl_status upsample(stepper *s, size_t scale, axl_error *err) {
    const size_t d = s->m->table->config.d_model;
    for (size_t r = 0; r < model_factor(scale); r++) {
        phase p = {.scale = scale, .r = r};
        each_wish(s, gather, &p);
        const frozen_matrix slice = frozen_rows(&s->m->up[scale], r * d, d);
        const step_linear up = {
            .w = &slice, .x = s->norm, .y = s->gained, .rows = p.count, .ldy = d};
        FORWARD(step_linear_run(s, &up, err));
        p.count = 0;
        each_wish(s, scatter, &p);
    }
    return AXL_OK;
}

static axl_status fuse(stepper *s, size_t rows, axl_error *err) {
    const size_t d = s->m->table->config.d_model;
    op_gate gate = {.z = view_f32(s->g, rows, MODEL_SCALES),
                    .g = view_f32(s->g, rows, MODEL_SCALES),
                    .y = view_f32(s->norm, rows, d)};
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const step_linear z = {.w = &s->m->gate[a],
                               .x = s->u[a],
                               .y = s->g,
                               .rows = rows,
                               .ldy = MODEL_SCALES,
                               .add = a > 0};
        FORWARD(step_linear_run(s, &z, err));
        gate.u[a] = view_f32(s->u[a], rows, d);
    }
    FORWARD(op_gate_forward(&s->ex, &gate, err));
    const step_linear fuse = {
        .w = &s->m->fuse, .x = s->norm, .y = s->gained, .rows = rows, .ldy = d};
    return step_linear_run(s, &fuse, err);
}

// Copies row `row` of from, [rows, n], to row `at` of to; nothing where nobody asks.
static void give_row(float *to, size_t at, const float *from, size_t row, size_t n) {
    if (to) memcpy(to + at * n, from + row * n, n * sizeof *to);
}

static void give(stepper *s, const wish *w, void *ctx) {
    (void)ctx;
    const step_item *item = &s->items[w->sequence];
    const model_config *c = &s->m->table->config;
    const size_t at = w->at - (item->count - item->wanted);
    give_row(item->logits, at, s->logits, w->row, c->vocab_size);
    give_row(item->gates, at, s->g, w->row, MODEL_SCALES);
    give_row(item->states, at, s->norm, w->row, c->d_model);
}

axl_status step_finish(stepper *s, axl_error *err) {
    const size_t rows = each_wish(s, take_fine, NULL);
    if (rows == 0) return AXL_OK;
    for (size_t a = 1; a < MODEL_SCALES; a++) FORWARD(upsample(s, a, err));
    FORWARD(fuse(s, rows, err));
    const view fused = view_f32(s->gained, rows, s->m->table->config.d_model);
    FORWARD(step_norm(s, s->m->norm, &fused, s->norm, err));
    const step_linear head = {.w = &s->m->head,
                              .x = s->norm,
                              .y = s->logits,
                              .rows = rows,
                              .ldy = s->m->table->config.vocab_size};
    FORWARD(step_linear_run(s, &head, err));
    each_wish(s, give, NULL);
    return AXL_OK;
}
