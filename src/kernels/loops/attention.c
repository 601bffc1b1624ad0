// Attention of one head: the forward pass and the family's table.
//
// Strips of queries go over the keys in blocks. A strip keeps the maximum and the sum of each row
// so far and rescales what it has when the maximum grows. Keys and values are packed: once for
// several strips, for a single one block by block, which then stay in the cache.
#include "kernels/loops/level.h"

#include "kernels/loops/attention_backward.h"
#include "kernels/loops/attention_few.h"
#include "kernels/loops/attention_strip.h"

extern const attention_kernels LEVEL(kernels_attention);

typedef struct forward {
    const attention_forward_args *args;
    bool at_once;  // all keys are packed before the first strip
    span keys;     // that are packed, from a multiple of TILE_N on
    float *k;      // [blocks of TILE_N keys][size][TILE_N]
    float *v;      // [blocks of TILE_N columns][keys][TILE_N]
    float *q, *s;  // [STRIP_ROWS, columns] scaled, [STRIP_ROWS, ld]
    bool v_finite; // all values that were packed are
} forward;

// Scratch in floats; sets the pointers into base where it is given.
static size_t forward_layout(forward *f, float *base, const attention_head *h) {
    size_t at = 0;
    f->at_once = h->queries > STRIP_ROWS;
    const size_t rows = size_least(h->queries, STRIP_ROWS);
    const size_t keys = f->at_once ? h->keys : size_least(h->keys, STRIP_KEYS);
    f->q = scratch_take(base, &at, rows * head_columns(h));
    f->s = scratch_take(base, &at, rows * strip_ld(h->keys));
    f->k = scratch_take(base, &at, size_up(keys, TILE_N) * h->size);
    f->v = scratch_take(base, &at, keys * head_blocks(h) * TILE_N);
    return at;
}

static size_t forward_scratch(size_t queries, size_t keys, size_t size) {
    const attention_head h = {.queries = queries, .keys = keys, .size = size};
    forward f;
    return forward_layout(&f, NULL, &h) * sizeof(float);
}

// Rows of the strip before any key: nothing, or the null key, which everybody sees.
static void forward_start(const forward *f, const strip *s) {
    const attention_head *h = s->head;
    for (size_t i = 0; i < s->rows; i++) {
        const size_t t = s->t0 + i;
        float max = -INFINITY, sum = 0;
        if (h->null_k) {
            float x = row_dot(f->q + i * head_columns(h), h->null_k, h->size);
            if (x > max) max = x;
            sum = exp_falling(x - softmax_base(max));
            row_set(f->args->o + t * f->args->ldo, h->null_v, sum, h->size);
        }
        f->args->row_max[t] = max;
        f->args->row_sum[t] = sum;
    }
}

// s[0 .. n-1] = exp(s - max), the running max and sum of the row brought up to date. Returns the
// factor that all earlier terms get. n > 0; behind s is room for a vector.
static float forward_soften(float *s, size_t n, float *max, float *sum) {
    v_store(s + n, v_set1(-INFINITY)); // exp of it is 0: whole vectors from here on
    vf top = v_set1(*max);
    for (size_t j = 0; j < n; j += V_WIDTH) top = v_max(v_load(s + j), top);
    const float old = *max;
    *max = v_hmax(top);
    const vf base = v_set1(softmax_base(*max));
    vf total = v_zero();
    for (size_t j = 0; j < n; j += V_WIDTH) {
        vf e = v_exp_falling(v_sub(v_load(s + j), base));
        v_store(s + j, e);
        total = v_add(total, e);
    }
    float factor = 1;
    if (*max > old) factor = old > -INFINITY ? exp_falling(old - *max) : 0;
    *sum = *sum * factor + v_sum(total);
    return factor;
}

// From scores to weights (not yet divided by their sum), row by row.
static void forward_weigh(const forward *f, const strip *s) {
    for (size_t i = 0; i < s->rows; i++) {
        const size_t t = s->t0 + i;
        const span see = strip_sees(s, i);
        float *row = f->s + i * s->ld;
        if (see.lo < see.hi) {
            float factor = forward_soften(row + (see.lo - s->j0), see.hi - see.lo,
                                          f->args->row_max + t, f->args->row_sum + t);
            if (factor != 1 && (s->head->null_k || strip_started(s, i / TILE_M * TILE_M)))
                row_scale(f->args->o + t * f->args->ldo, factor, s->head->size);
        }
        strip_clear_around(s, row, i);
    }
}

static void forward_finish(const forward *f, const strip *s) {
    for (size_t i = 0; i < s->rows; i++) {
        const size_t t = s->t0 + i;
        span see = head_sees(s->head, t);
        float *o = f->args->o + t * f->args->ldo;
        if (see.lo < see.hi || s->head->null_k) {
            row_scale(o, 1.0f / f->args->row_sum[t], s->head->size);
        } else {
            row_zero(o, s->head->size);
            f->args->row_max[t] = 0;
            f->args->row_sum[t] = 0;
        }
    }
}

static void forward_pack(forward *f, span keys) {
    const attention_head *h = &f->args->head;
    const matrix k = {h->k + keys.lo * h->ldk, h->ldk, keys.hi - keys.lo, h->size};
    const matrix v = {h->v + keys.lo * h->ldv, h->ldv, k.rows, h->size};
    pack_transposed(f->k, &k);
    f->v_finite = pack_matrix(&(packed){.panels = f->v}, &v, 1);
    f->keys = keys;
}

static void forward_strip(forward *f, strip *s) {
    const attention_head *h = s->head;
    const span see = head_rows_see(h, s->t0, s->rows);
    const matrix q = {h->q + s->t0 * h->ldq, h->ldq, s->rows, h->size};
    pack_matrix(&(packed){.rows = f->q}, &q, h->scale);
    forward_start(f, s);
    for (size_t j0 = see.lo / TILE_N * TILE_N; j0 < see.hi; j0 = s->j1) {
        strip_move(s, j0, see.hi);
        if (!f->at_once) forward_pack(f, (span){s->j0, s->j1});
        const size_t j = s->j0 - f->keys.lo;
        strip_scores(s, f->q, f->k + j * h->size, f->s);
        forward_weigh(f, s);
        product p = {.s = f->s, .b = f->v + j * TILE_N, .exact = !f->v_finite};
        p.b_block = (f->keys.hi - f->keys.lo) * TILE_N;
        p.c = f->args->o + s->t0 * f->args->ldo;
        p.ldc = f->args->ldo;
        p.add = h->null_k != NULL;
        strip_multiply_rows(s, &p);
    }
    forward_finish(f, s);
}

// Query t by itself.
static void forward_one(const forward *f, size_t t) {
    const attention_head *h = &f->args->head;
    const matrix q = {h->q + t * h->ldq, h->ldq, 1, h->size};
    const strip one = {.head = h, .t0 = t, .rows = 1};
    pack_matrix(&(packed){.rows = f->q}, &q, h->scale);
    forward_start(f, &one);
    const span see = head_sees(h, t);
    float *o = f->args->o + t * f->args->ldo;
    if (!h->null_k) row_zero(o, h->size);
    for (size_t j = see.lo; j < see.hi; j += STRIP_KEYS) {
        const size_t n = size_least(see.hi - j, STRIP_KEYS);
        const matrix k = {h->k + j * h->ldk, h->ldk, n, h->size};
        const matrix v = {h->v + j * h->ldv, h->ldv, n, h->size};
        few_scores(f->s, f->q, &k);
        float factor = forward_soften(f->s, n, f->args->row_max + t, f->args->row_sum + t);
        if (factor != 1) row_scale(o, factor, h->size);
        few_values(o, f->s, &v);
    }
    forward_finish(f, &one);
}

static void attention_forward(const attention_forward_args *args) {
    const attention_head *h = &args->head;
    if (h->queries == 0) return;
    forward f = {.args = args};
    forward_layout(&f, args->scratch, h);
    if (args->few) {
        for (size_t t = 0; t < h->queries; t++) forward_one(&f, t);
        return;
    }
    if (f.at_once) {
        span all = head_rows_see(h, 0, h->queries);
        all.lo -= all.lo % TILE_N;
        forward_pack(&f, all);
    }
    strip s = {.head = h, .ld = strip_ld(h->keys)};
    for (; s.t0 < h->queries; s.t0 += s.rows) {
        s.rows = size_least(h->queries - s.t0, STRIP_ROWS);
        forward_strip(&f, &s);
    }
}

const attention_kernels LEVEL(kernels_attention) = {
    .forward = attention_forward,
    .backward = attention_backward,
    .forward_scratch = forward_scratch,
    .backward_scratch = backward_scratch,
};
