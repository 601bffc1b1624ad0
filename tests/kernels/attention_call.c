#include "kernels/attention_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Problems of few queries are also computed as such.
#define FEW_QUERIES 8

// ---- problems ----
static const char *const sight_names[SIGHTS] = {"causal",    "whole", "window",
                                                "documents", "late",  "gaps"};

static size_t causal(const shape *s, size_t t) {
    return (t + 1) * s->keys / s->queries;
}

static void see(const shape *s, size_t t, uint32_t *first, uint32_t *visible) {
    size_t lo = 0, hi = causal(s, t), window = s->keys / 5 + 1, group = t / 3;
    if (s->sight == WHOLE) hi = s->keys;
    if (s->sight == WINDOW && hi > window) lo = hi - window;
    if (s->sight == DOCUMENTS) lo = causal(s, t) / 23 * 23;
    if (s->sight == LATE && t < s->queries / 3 + 1) hi = 0;
    if (s->sight == GAPS) {
        lo = group * 10 + group % 4;
        hi = lo + (group * 5) % 9; // sometimes nothing
    }
    *first = (uint32_t)(lo < s->keys ? lo : s->keys);
    *visible = (uint32_t)(hi < s->keys ? hi : s->keys);
}

static double *fill(double *p, size_t n, uint64_t seed, double factor) {
    for (size_t i = 0; i < n; i++) p[i] = (float)(factor * random_at(seed, i));
    return p;
}

void problem_make(problem *p, const shape *s) {
    const size_t cells = s->queries * s->keys;
    *p = (problem){.shape = *s};
    p->first = malloc(s->queries * sizeof(uint32_t));
    p->visible = malloc(s->queries * sizeof(uint32_t));
    p->sees = calloc(cells, 1);
    for (size_t t = 0; t < s->queries; t++) {
        see(s, t, &p->first[t], &p->visible[t]);
        for (size_t j = p->first[t]; j < p->visible[t]; j++) p->sees[t * s->keys + j] = 1;
    }
    reference *r = &p->r;
    *r = (reference){s->queries, s->keys, s->size, .null = s->null, .sees = p->sees};
    r->scale = (double)(1.0f / sqrtf((float)s->size));
    reference_alloc(r);
    fill(r->q, s->queries * s->size, 1, s->sharp);
    fill(r->k, s->keys * s->size, 2, 1);
    fill(r->v, s->keys * s->size, 3, 1);
    fill(r->d_o, s->queries * s->size, 4, 1);
    fill(r->null_k, s->size, 5, 1);
    fill(r->null_v, s->size, 6, 1);
}

bool problem_next(problem *p) {
    if (p->few || p->shape.queries > FEW_QUERIES) return false;
    p->few = true;
    return true;
}

void problem_free(problem *p) {
    reference_free(&p->r);
    free(p->first);
    free(p->visible);
    free(p->sees);
}

// ---- calls ----
// Rows of n numbers as floats, ld apart; NaN between them.
static float *call_rows(call *c, const double *p, size_t rows, size_t n, size_t ld) {
    float *x = room_input(&c->room, (rows * ld - (ld - n)) * sizeof(float), sizeof(float));
    for (size_t i = 0; i < rows * ld - (ld - n); i++)
        x[i] = i % ld < n ? (float)p[i / ld * n + i % ld] : NAN;
    return x;
}

static void call_forward_args(call *c, const problem *p) {
    const shape *s = &p->shape;
    attention_head *h = &c->f.head;
    *h = (attention_head){.queries = s->queries, .keys = s->keys, .size = s->size};
    h->scale = (float)p->r.scale;
    h->ldq = s->size + 3;
    h->ldk = s->size;
    h->ldv = s->size + 5;
    h->q = c->q = call_rows(c, p->r.q, s->queries, s->size, h->ldq);
    h->k = c->k = call_rows(c, p->r.k, s->keys, s->size, h->ldk);
    h->v = c->v = call_rows(c, p->r.v, s->keys, s->size, h->ldv);
    uint32_t *visible = room_input(&c->room, s->queries * sizeof *visible, sizeof *visible);
    memcpy(visible, p->visible, s->queries * sizeof *visible);
    h->visible = visible;
    bool windowed = false;
    for (size_t t = 0; t < s->queries; t++) windowed = windowed || p->first[t] > 0;
    if (windowed) {
        uint32_t *first = room_input(&c->room, s->queries * sizeof *first, sizeof *first);
        memcpy(first, p->first, s->queries * sizeof *first);
        h->first = first;
    }
    if (s->null) {
        h->null_k = call_rows(c, p->r.null_k, 1, s->size, s->size);
        h->null_v = call_rows(c, p->r.null_v, 1, s->size, s->size);
    }
    c->f.few = p->few;
    c->f.ldo = s->size + 1;
    c->f.o = room_out_f32(&c->room, extent(s->queries, s->size, c->f.ldo));
    c->f.row_max = room_out_f32(&c->room, s->queries);
    c->f.row_sum = room_out_f32(&c->room, s->queries);
    c->f.scratch = room_scratch(&c->room, c->kernel->forward_scratch(s->queries, s->keys, s->size));
}

// Gradients are added to what is there: small whole numbers, so that the sum shows both.
static float *call_gradient(call *c, size_t n) {
    float *x = room_inout_f32(&c->room, n, 9);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 5) - 2;
    return x;
}

static void call_backward_args(call *c, const problem *p) {
    const shape *s = &p->shape;
    attention_backward_args *b = &c->b;
    *b = (attention_backward_args){.head = c->f.head, .o = c->f.o, .ldo = c->f.ldo};
    b->row_max = c->f.row_max;
    b->row_sum = c->f.row_sum;
    b->d_o = c->d_o = call_rows(c, p->r.d_o, s->queries, s->size, b->ldo);
    b->lddq = s->size + 2;
    b->lddk = s->size + 1;
    b->lddv = s->size;
    b->dq = room_out_f32(&c->room, extent(s->queries, s->size, b->lddq));
    b->dk = call_gradient(c, extent(s->keys, s->size, b->lddk));
    b->dv = call_gradient(c, extent(s->keys, s->size, b->lddv));
    if (s->null) {
        b->d_null_k = call_gradient(c, s->size);
        b->d_null_v = call_gradient(c, s->size);
    }
    b->scratch = room_scratch(&c->room, c->kernel->backward_scratch(s->queries, s->keys, s->size));
}

void call_open(call *c, const problem *p, size_t level, int place) {
    const shape *s = &p->shape;
    case_begin("%s %s %zu %squeries %zu keys size %zu%s, %s", level_name(level),
               sight_names[s->sight], s->queries, p->few ? "few " : "", s->keys, s->size,
               s->null ? " null key" : "", place_name(place));
    *c = (call){.kernel = level_at(level)->attention};
    room_open(&c->room, place);
    call_forward_args(c, p);
    call_backward_args(c, p);
}

void call_run(call *c) {
    room_seal(&c->room);
    c->kernel->forward(&c->f);
    c->kernel->backward(&c->b);
}

void call_close(call *c) {
    room_close(&c->room);
    case_end();
}
