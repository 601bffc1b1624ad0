// The products of attention on a strip of queries and a block of keys, all on the register tile.
//
// A strip has a buffer s [rows, ld]: s[i][j - j0] belongs to query t0 + i and key j. Three products
// exist: the one that fills such a buffer (scores), the one that sums it over keys (rows) and the
// one that sums it over queries (keys). A tile works on all keys, or queries, that any of its rows
// needs; what a row does not need is zero in the buffer and changes nothing, unless the other
// factor is not finite there. Then ("exact") every row is a tile of its own, with the same sums.
#ifndef AXL_KERNELS_ATTENTION_STRIP_H
#define AXL_KERNELS_ATTENTION_STRIP_H

#include "kernels/loops/attention_pack.h"

#define STRIP_ROWS 96  // a multiple of every TILE_M
#define STRIP_KEYS 256 // keys a block: a block of panels stays in the first-level cache
#define STRIP_PAD 16   // behind each row of the buffer, at least a vector

typedef struct strip {
    const attention_head *head;
    size_t t0, rows; // its queries
    size_t j0, j1;   // the keys of the block, j0 a multiple of TILE_N
    size_t ld;
    span tiles[STRIP_ROWS / TILE_M]; // the keys of the block that any row of a tile sees
} strip;

typedef struct product {
    const float *s; // the strip's buffer
    const float *b; // panels of the other factor, from the strip's first key, or query, on
    size_t b_block; // floats from one block of columns to the next
    float *c;       // rows of the result, from query t0, or key 0, on
    size_t ldc;
    bool add;   // to c, instead of starting it
    bool exact; // b is not finite everywhere
} product;

static inline size_t strip_ld(size_t keys) {
    return size_least(size_up(keys, TILE_N), STRIP_KEYS) + STRIP_PAD;
}
static inline size_t strip_tile_rows(const strip *s, size_t i) {
    return size_least(s->rows - i, TILE_M);
}
// The keys of the block that row i sees.
static inline span strip_sees(const strip *s, size_t i) {
    return span_clip(head_sees(s->head, s->t0 + i), s->j0, s->j1);
}
// Whether an earlier block had keys for the tile that begins with row i.
static inline bool strip_started(const strip *s, size_t i) {
    return head_sees(s->head, s->t0 + i).lo < s->j0;
}

// Moves to the block of keys from j0 on, of those that the strip sees before end.
static void strip_move(strip *s, size_t j0, size_t end) {
    s->j0 = j0;
    s->j1 = size_least(j0 + STRIP_KEYS, end);
    for (size_t i = 0; i < s->rows; i += TILE_M) {
        span all = head_rows_see(s->head, s->t0 + i, strip_tile_rows(s, i));
        s->tiles[i / TILE_M] = span_clip(all, s->j0, s->j1);
    }
}

// out[i][j - j0] = a[i] . b[j] for all panels of keys that a tile sees some of. a [rows, columns]
// is packed; b are transposed panels from key j0 on.
static void strip_scores(const strip *s, const float *a, const float *b, float *out) {
    const size_t size = s->head->size, lda = head_columns(s->head);
    for (size_t j = s->j0; j < s->j1; j += TILE_N, b += size * TILE_N) {
        for (size_t i = 0; i < s->rows; i += TILE_M) {
            const span see = s->tiles[i / TILE_M];
            if (see.lo >= see.hi || see.hi <= j || see.lo >= j + TILE_N) continue;
            tile t = {.m = strip_tile_rows(s, i),
                      .n = TILE_N,
                      .k = size,
                      .a = a + i * lda,
                      .a_row = lda,
                      .a_k = 1};
            t.b = b;
            t.c = out + i * s->ld + (j - s->j0);
            t.ldc = s->ld;
            tile_run(&t);
        }
    }
}

// Zeros around what row i sees: as far as its tile sees, and as far as a tile of keys reaches that
// the row sees a part of.
static inline void strip_clear_around(const strip *s, float *row, size_t i) {
    const span tile_sees = s->tiles[i / TILE_M];
    span see = strip_sees(s, i);
    const size_t reach = TILE_M - 1, end = s->j1 - s->j0;
    see.lo -= s->j0;
    see.hi -= s->j0;
    size_t from = size_least(tile_sees.lo - s->j0, see.lo - size_least(see.lo, reach));
    size_t to = size_least(size_most(tile_sees.hi - s->j0, see.hi + reach), end);
    if (from < see.lo) row_zero(row + from, see.lo - from);
    for (size_t j = see.hi; j < to; j += V_WIDTH) v_store(row + j, v_zero());
}

static inline size_t product_columns(const strip *s, size_t block) {
    return size_least(s->head->size - block * TILE_N, TILE_N);
}

// c[t] (+)= sum over keys of s[t][j] b[j]
static void strip_multiply_rows(const strip *s, const product *p) {
    for (size_t c = 0; c < head_blocks(s->head); c++) {
        const float *b = p->b + c * p->b_block;
        for (size_t i = 0; i < s->rows; i += TILE_M) {
            size_t m = strip_tile_rows(s, i);
            span see = s->tiles[i / TILE_M];
            if (see.lo >= see.hi) continue;
            tile t = {.m = m, .n = product_columns(s, c), .a_row = s->ld, .a_k = 1};
            t.add = p->add || strip_started(s, i);
            t.c = p->c + i * p->ldc + c * TILE_N;
            t.ldc = p->ldc;
            size_t step = p->exact ? 1 : m;
            t.m = step;
            for (size_t r = i; r < i + m; r += step, t.c += p->ldc) {
                if (p->exact) see = strip_sees(s, r);
                t.k = see.hi - see.lo;
                t.a = p->s + r * s->ld + (see.lo - s->j0);
                t.b = b + (see.lo - s->j0) * TILE_N;
                tile_run(&t);
            }
        }
    }
}

// Keys j .. j+m-1 of the block and the rows of the strip, from .. to-1, that see any of them.
typedef struct key_tile {
    size_t j, m, from, to;
} key_tile;

static void strip_multiply_tile(const strip *s, const product *p, const key_tile *k) {
    tile t = {.m = k->m, .k = k->to - k->from, .a_row = 1, .a_k = s->ld, .add = true};
    t.a = p->s + k->from * s->ld + (k->j - s->j0);
    t.ldc = p->ldc;
    for (size_t c = 0; c < head_blocks(s->head); c++) {
        t.n = product_columns(s, c);
        t.b = p->b + c * p->b_block + k->from * TILE_N;
        t.c = p->c + k->j * p->ldc + c * TILE_N;
        tile_run(&t);
    }
}

// The keys from .. to-1 in steps, each with the rows of the strip that see it; the rows are those
// of one group, and every key is seen by one of them.
static void strip_multiply_group(const strip *s, const product *p, span keys, span rows) {
    const size_t step = p->exact ? 1 : TILE_M;
    key_tile k = {.from = rows.lo, .to = rows.lo};
    for (k.j = keys.lo; k.j < keys.hi; k.j += step) {
        k.m = size_least(keys.hi - k.j, step);
        while (head_sees(s->head, s->t0 + k.from).hi <= k.j) k.from++;
        while (k.to < rows.hi && head_sees(s->head, s->t0 + k.to).lo < k.j + k.m) k.to++;
        strip_multiply_tile(s, p, &k);
    }
}

// c[j] += sum over queries of s[t][j] b[t]. Keys that no query of the strip sees stay untouched:
// rows whose keys follow without a gap form a group.
static void strip_multiply_keys(const strip *s, const product *p) {
    for (span rows = {0, 0}; rows.lo < s->rows; rows.lo = rows.hi) {
        span keys = strip_sees(s, rows.lo);
        for (rows.hi = rows.lo + 1; rows.hi < s->rows; rows.hi++) {
            span next = strip_sees(s, rows.hi);
            if (next.lo > keys.hi) break;
            keys.hi = next.hi;
        }
        strip_multiply_group(s, p, keys, rows);
    }
}

#endif
