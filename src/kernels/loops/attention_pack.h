// What the passes of attention share below the products: who sees what, rows as vectors, packing.
#ifndef AXL_KERNELS_ATTENTION_PACK_H
#define AXL_KERNELS_ATTENTION_PACK_H

#include "kernels/loops/tile.h"
#include "kernels/loops/vmath.h"

#include "kernels/attention.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

// ---- who sees what ----
typedef struct span {
    size_t lo, hi; // lo <= i < hi
} span;

static inline size_t size_least(size_t a, size_t b) {
    return a < b ? a : b;
}
static inline size_t size_most(size_t a, size_t b) {
    return a > b ? a : b;
}
static inline size_t size_up(size_t n, size_t step) {
    return (n + step - 1) / step * step;
}

// The keys that query t sees; empty ones have lo = hi. Both ends never fall with t.
static inline span head_sees(const attention_head *h, size_t t) {
    size_t hi = h->visible[t], lo = h->first ? h->first[t] : 0;
    return (span){size_least(lo, hi), hi};
}
// From the first key to the last one that any of the rows from t on sees.
static inline span head_rows_see(const attention_head *h, size_t t, size_t rows) {
    return (span){head_sees(h, t).lo, head_sees(h, t + rows - 1).hi};
}
static inline span span_clip(span s, size_t lo, size_t hi) {
    return (span){size_least(size_most(s.lo, lo), hi), size_least(size_most(s.hi, lo), hi)};
}
// The columns of a packed row of size floats, and the blocks of TILE_N that cover it.
static inline size_t head_columns(const attention_head *h) {
    return size_up(h->size, V_WIDTH);
}
static inline size_t head_blocks(const attention_head *h) {
    return (h->size + TILE_N - 1) / TILE_N;
}

// ---- rows ----
static inline float row_dot(const float *a, const float *b, size_t n) {
    vf x = v_zero(), y = v_zero();
    size_t i = 0;
    for (; i + 2 * V_WIDTH <= n; i += 2 * V_WIDTH) {
        x = v_fma(v_load(a + i), v_load(b + i), x);
        y = v_fma(v_load(a + i + V_WIDTH), v_load(b + i + V_WIDTH), y);
    }
    for (; i < n; i += V_WIDTH) {
        size_t left = size_least(n - i, V_WIDTH);
        x = v_fma(v_load_n(a + i, left), v_load_n(b + i, left), x);
    }
    return v_sum(v_add(x, y));
}

// y = x f
static inline void row_set(float *y, const float *x, float f, size_t n) {
    const vf g = v_set1(f);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(y + i, v_mul(v_load(x + i), g));
    if (i < n) v_store_n(y + i, v_mul(v_load_n(x + i, n - i), g), n - i);
}

// y += x f
static inline void row_add(float *y, const float *x, float f, size_t n) {
    const vf g = v_set1(f);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(y + i, v_fma(v_load(x + i), g, v_load(y + i)));
    if (i < n) v_store_n(y + i, v_fma(v_load_n(x + i, n - i), g, v_load_n(y + i, n - i)), n - i);
}

// y = y f, where a negative zero becomes a positive one: the sign of a zero is the one thing by
// which a product with zeros differs from the product without them.
static inline void row_scale(float *y, float f, size_t n) {
    const vf g = v_set1(f);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(y + i, v_add(v_mul(v_load(y + i), g), v_zero()));
    if (i < n) v_store_n(y + i, v_add(v_mul(v_load_n(y + i, n - i), g), v_zero()), n - i);
}

static inline void row_zero(float *y, size_t n) {
    memset(y, 0, n * sizeof *y);
}

static inline float exp_falling(float x) {
    float y;
    v_store_n(&y, v_exp_falling(v_set1(x)), 1);
    return y;
}

// What exp is taken relative to. A maximum of -infinity would make every difference a NaN.
static inline float softmax_base(float max) {
    return max > -INFINITY ? max : 0.0f;
}

// ---- scratch ----
// The next n floats of base, from a multiple of 64 bytes on; NULL where base is NULL, to count.
static inline float *scratch_take(float *base, size_t *at, size_t n) {
    float *p = base ? base + *at : NULL;
    *at += size_up(n, 16);
    return p;
}

// ---- packing ----
typedef struct matrix {
    const float *p;
    size_t ld, rows, columns;
} matrix;

// Where a packed copy goes; either may be NULL.
typedef struct packed {
    float *rows;   // [rows, columns rounded up to V_WIDTH]
    float *panels; // [blocks of TILE_N columns][rows][TILE_N]
} packed;

// One vector of a row: from column j on, n of them within the source.
static inline vf pack_vector(const packed *to, const float *from, size_t n, vf scale, size_t v) {
    vf x = v_mul(n >= V_WIDTH ? v_load(from) : v_load_n(from, n), scale);
    if (to->rows) v_store(to->rows + v, x);
    if (to->panels) v_store(to->panels + v, x);
    return v_mul(x, v_zero());
}

// Packs src scale, zeros behind the last column. True where all of it is finite.
static inline bool pack_matrix(const packed *to, const matrix *src, float scale) {
    const vf f = v_set1(scale);
    const size_t columns = size_up(src->columns, V_WIDTH), step = src->rows * TILE_N;
    vf zero = v_zero(); // stays zero as long as the numbers are finite
    for (size_t i = 0; i < src->rows; i++) {
        const float *from = src->p + i * src->ld;
        packed out = {to->rows ? to->rows + i * columns : NULL,
                      to->panels ? to->panels + i * TILE_N : NULL};
        size_t left = src->columns;
        for (; left >= TILE_N; left -= TILE_N, from += TILE_N) {
            for (size_t v = 0; v < TILE_N; v += V_WIDTH)
                zero = v_add(zero, pack_vector(&out, from + v, V_WIDTH, f, v));
            if (out.rows) out.rows += TILE_N;
            if (out.panels) out.panels += step;
        }
        for (size_t v = 0; v < TILE_N && left > 0; v += V_WIDTH) {
            size_t n = v < left ? left - v : 0;
            if (n == 0) out.rows = NULL;
            zero = v_add(zero, pack_vector(&out, from + v, n, f, v));
        }
    }
    return v_sum(zero) == 0;
}

// dst [blocks of TILE_N rows][columns][TILE_N] = src transposed; behind the last row stays whatever
// is there, which makes scores that nobody reads.
static inline void pack_transposed(float *dst, const matrix *src) {
    for (size_t i0 = 0; i0 < src->rows; i0 += TILE_N, dst += src->columns * TILE_N) {
        const size_t rows = size_least(src->rows - i0, TILE_N);
        const size_t whole_rows = rows / V_BLOCK * V_BLOCK;
        const size_t whole = src->columns / V_BLOCK * V_BLOCK;
        const float *from = src->p + i0 * src->ld;
        for (size_t i = 0; i < whole_rows; i += V_BLOCK) {
            const float *row = from + i * src->ld;
            for (size_t j = 0; j < whole; j += V_BLOCK)
                v_transpose(dst + j * TILE_N + i, TILE_N, row + j, src->ld);
        }
        for (size_t i = 0; i < rows; i++) { // the edges
            size_t j = i < whole_rows ? whole : 0;
            for (; j < src->columns; j++) dst[j * TILE_N + i] = from[i * src->ld + j];
        }
    }
}

#endif
