// The backward pass of attention. For each strip of queries and block of keys the weights are
// computed again from the kept maximum and sum:
//
//   p = exp(scale q.k - max) / sum,   ds = p (do.v - D),   D = do.o
//   dq = scale (ds k),   dk += ds^T (scale q),   dv += p^T do
#ifndef AXL_KERNELS_ATTENTION_BACKWARD_H
#define AXL_KERNELS_ATTENTION_BACKWARD_H

#include "kernels/loops/attention_strip.h"

typedef struct backward {
    const attention_backward_args *args;
    span keys;                    // that any query sees, from a multiple of TILE_N on
    float *k_t, *v_t;             // [blocks of TILE_N keys][size][TILE_N]
    float *k;                     // [blocks of TILE_N columns][keys][TILE_N]
    float *q, *d_o;               // [STRIP_ROWS, columns], q scaled
    float *q_panels, *d_o_panels; // [blocks of TILE_N columns][rows][TILE_N], q scaled
    float *p, *ds;                // [STRIP_ROWS, ld]
    float *d, *inverse;           // [STRIP_ROWS] D and 1 / sum
    bool k_finite, q_finite, d_o_finite;
} backward;

// Scratch in floats; sets the pointers into base where it is given.
static size_t backward_layout(backward *w, float *base, size_t keys, size_t size) {
    const size_t columns = size_up(size, V_WIDTH), panels = size_up(size, TILE_N);
    size_t at = 0;
    w->k_t = scratch_take(base, &at, size_up(keys, TILE_N) * size);
    w->v_t = scratch_take(base, &at, size_up(keys, TILE_N) * size);
    w->k = scratch_take(base, &at, keys * panels);
    w->q = scratch_take(base, &at, STRIP_ROWS * columns);
    w->d_o = scratch_take(base, &at, STRIP_ROWS * columns);
    w->q_panels = scratch_take(base, &at, STRIP_ROWS * panels);
    w->d_o_panels = scratch_take(base, &at, STRIP_ROWS * panels);
    w->p = scratch_take(base, &at, STRIP_ROWS * strip_ld(keys));
    w->ds = scratch_take(base, &at, STRIP_ROWS * strip_ld(keys));
    w->d = scratch_take(base, &at, STRIP_ROWS);
    w->inverse = scratch_take(base, &at, STRIP_ROWS);
    return at;
}

static size_t backward_scratch(size_t queries, size_t keys, size_t size) {
    backward w;
    (void)queries;
    return backward_layout(&w, NULL, keys, size) * sizeof(float);
}

static void backward_pack_strip(backward *w, const strip *s) {
    const attention_backward_args *a = w->args;
    const attention_head *h = s->head;
    const matrix q = {h->q + s->t0 * h->ldq, h->ldq, s->rows, h->size};
    const matrix d_o = {a->d_o + s->t0 * a->ldo, a->ldo, s->rows, h->size};
    w->q_finite = pack_matrix(&(packed){w->q, w->q_panels}, &q, h->scale);
    w->d_o_finite = pack_matrix(&(packed){w->d_o, w->d_o_panels}, &d_o, 1);
}

// The share of the null key in all gradients of row i; starts dq.
static void backward_null(const backward *w, const strip *s, size_t i) {
    const attention_backward_args *a = w->args;
    const attention_head *h = s->head;
    const size_t t = s->t0 + i, size = h->size;
    const float *q = w->q + i * head_columns(h), *d_o = a->d_o + t * a->ldo;
    float x = row_dot(q, h->null_k, size) - softmax_base(a->row_max[t]);
    float p = exp_falling(x) * w->inverse[i];
    float ds = p * (row_dot(d_o, h->null_v, size) - w->d[i]);
    row_set(a->dq + t * a->lddq, h->null_k, ds, size);
    row_add(a->d_null_k, q, ds, size);
    row_add(a->d_null_v, d_o, p, size);
}

static void backward_start(const backward *w, const strip *s) {
    const attention_backward_args *a = w->args;
    for (size_t i = 0; i < s->rows; i++) {
        const size_t t = s->t0 + i;
        w->d[i] = row_dot(a->d_o + t * a->ldo, a->o + t * a->ldo, s->head->size);
        w->inverse[i] = 1.0f / a->row_sum[t];
        if (s->head->null_k) backward_null(w, s, i);
    }
}

// From scores and do.v to p and ds.
static void backward_weigh(const backward *w, const strip *s) {
    for (size_t i = 0; i < s->rows; i++) {
        const span see = strip_sees(s, i);
        const vf base = v_set1(softmax_base(w->args->row_max[s->t0 + i]));
        const vf inverse = v_set1(w->inverse[i]), d = v_set1(w->d[i]);
        float *p = w->p + i * s->ld, *ds = w->ds + i * s->ld;
        for (size_t j = see.lo - s->j0; j < see.hi - s->j0; j += V_WIDTH) {
            vf weight = v_mul(v_exp_falling(v_sub(v_load(p + j), base)), inverse);
            v_store(p + j, weight);
            v_store(ds + j, v_mul(weight, v_sub(v_load(ds + j), d)));
        }
        strip_clear_around(s, p, i);
        strip_clear_around(s, ds, i);
    }
}

static void backward_block(const backward *w, const strip *s) {
    const attention_backward_args *a = w->args;
    const size_t j = s->j0 - w->keys.lo, size = s->head->size;
    strip_scores(s, w->q, w->k_t + j * size, w->p);
    strip_scores(s, w->d_o, w->v_t + j * size, w->ds);
    backward_weigh(w, s);
    product dv = {.s = w->p, .b = w->d_o_panels, .b_block = s->rows * TILE_N, .c = a->dv};
    dv.ldc = a->lddv;
    dv.exact = !w->d_o_finite;
    strip_multiply_keys(s, &dv);
    product dk = {.s = w->ds, .b = w->q_panels, .b_block = s->rows * TILE_N, .c = a->dk};
    dk.ldc = a->lddk;
    dk.exact = !w->q_finite;
    strip_multiply_keys(s, &dk);
    product dq = {.s = w->ds, .b = w->k + j * TILE_N, .c = a->dq + s->t0 * a->lddq};
    dq.b_block = (w->keys.hi - w->keys.lo) * TILE_N;
    dq.ldc = a->lddq;
    dq.add = s->head->null_k != NULL;
    dq.exact = !w->k_finite;
    strip_multiply_rows(s, &dq);
}

static void backward_finish(const backward *w, const strip *s) {
    for (size_t i = 0; i < s->rows; i++) {
        span see = head_sees(s->head, s->t0 + i);
        float *dq = w->args->dq + (s->t0 + i) * w->args->lddq;
        if (see.lo < see.hi || s->head->null_k) {
            row_scale(dq, s->head->scale, s->head->size);
        } else {
            row_zero(dq, s->head->size);
        }
    }
}

static void attention_backward(const attention_backward_args *args) {
    const attention_head *h = &args->head;
    if (h->queries == 0) return;
    backward w = {.args = args, .keys = head_rows_see(h, 0, h->queries)};
    backward_layout(&w, args->scratch, h->keys, h->size);
    w.keys.lo -= w.keys.lo % TILE_N;
    const matrix k = {h->k + w.keys.lo * h->ldk, h->ldk, w.keys.hi - w.keys.lo, h->size};
    const matrix v = {h->v + w.keys.lo * h->ldv, h->ldv, k.rows, h->size};
    pack_transposed(w.k_t, &k);
    pack_transposed(w.v_t, &v);
    w.k_finite = pack_matrix(&(packed){.panels = w.k}, &k, 1);
    strip s = {.head = h, .ld = strip_ld(h->keys)};
    for (; s.t0 < h->queries; s.t0 += s.rows) {
        s.rows = size_least(h->queries - s.t0, STRIP_ROWS);
        const span see = head_rows_see(h, s.t0, s.rows);
        backward_pack_strip(&w, &s);
        backward_start(&w, &s);
        for (size_t j0 = see.lo / TILE_N * TILE_N; j0 < see.hi; j0 = s.j1) {
            strip_move(&s, j0, see.hi);
            backward_block(&w, &s);
        }
        backward_finish(&w, &s);
    }
}

#endif
