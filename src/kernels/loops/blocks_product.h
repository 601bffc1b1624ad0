// Products with prepared weights. A level's quad.h says how it multiplies bytes:
//
//   quad_w             a vector of weights: a quad of V_WIDTH rows
//   quad_x             a quad of activations, broadcast
//   quad_w quad_load(const void *p)                  4 * V_WIDTH bytes
//   quad_x quad_take(const int8_t *q)
//   vi quad_zero(void)
//   vi quad_eight_start(int32_t sum)                 what a sum of signed weights starts from,
//   where vi quad_eight(vi s, quad_w w, quad_x x)          sum is that of the activations; + w . x
//   quad_s             a sum of one block's nibbles
//   quad_s quad_four_start(void)
//   quad_s quad_low(quad_s s, quad_w w, quad_x x)    + the lower nibbles of w . x
//   quad_s quad_high(quad_s s, quad_w w, quad_x x)   + the upper ones
//   vi quad_four_sum(quad_s s)
//   vf quad_float(vi s)
//   vf quad_u8(const uint8_t *p), quad_s8(const int8_t *p)    V_WIDTH numbers as floats
//
// All of it exact.
#ifndef AXL_KERNELS_BLOCKS_PRODUCT_H
#define AXL_KERNELS_BLOCKS_PRODUCT_H

#include "kernels/blocks.h"
#include "kernels/loops/lanes.h"
#include AXL_QUAD_HEADER

#define QUADS (BLOCKS_COLUMNS / BLOCKS_QUAD)    // of a block
#define VECTORS (BLOCKS_GROUP / V_WIDTH)        // of a group
#define QUAD_BYTES (BLOCKS_GROUP * BLOCKS_QUAD) // of all rows of a group
#define TOGETHER 4                              // rows of x that one reading of W serves
#define AHEAD 1024                              // bytes of W that are asked for before their turn
#define LINE 64                                 // of a cache, about

// Rows of x against vectors of a group. rows and vectors are constants at every call, so that the
// sums live in registers.
typedef struct blocks_tile {
    size_t rows, vectors;
    const blocks_x *x; // [rows, ldx]
    size_t ldx, blocks;
    const char *w; // the group; the vectors are first .. first + vectors - 1 of it
    size_t first;
} blocks_tile;

#define EACH_ROW LANES_UNROLL for (size_t r = 0; r < t->rows; r++)
#define EACH_VECTOR LANES_UNROLL for (size_t v = 0; v < t->vectors; v++)

LANES_INLINE quad_w tile_load(const blocks_tile *t, const char *q, size_t quad, size_t v) {
    return quad_load(q + quad * QUAD_BYTES + (t->first + v) * V_WIDTH * BLOCKS_QUAD);
}

// Asks for what comes AHEAD of the block at w, of so many bytes: left to itself the processor waits
// for a third of the time where W comes from memory. Groups follow each other, so that what lies
// behind the end of one is of use for the next.
LANES_INLINE void tile_ask(const blocks_tile *t, const char *w, size_t bytes) {
    if (t->first > 0) return; // the first vectors have asked
    LANES_UNROLL for (size_t at = 0; at < bytes; at += LINE) __builtin_prefetch(w + AHEAD + at);
}

// sum[r][v] = quads begin .. begin + count - 1 of block b, which lie at q.
LANES_INLINE void tile_eight(const blocks_tile *t, size_t b, const char *q, size_t half,
                             vi sum[TOGETHER][VECTORS]) {
    const size_t begin = half < 2 ? half * (QUADS / 2) : 0;
    const size_t count = half < 2 ? QUADS / 2 : QUADS;
    EACH_ROW {
        const blocks_x *x = &t->x[r * t->ldx + b];
        const vi start = quad_eight_start(half < 2 ? x->sum[half] : x->sum[0] + x->sum[1]);
        EACH_VECTOR sum[r][v] = start;
    }
    LANES_UNROLL for (size_t c = begin; c < begin + count; c++) {
        quad_x x[TOGETHER];
        EACH_ROW x[r] = quad_take(t->x[r * t->ldx + b].q + c * BLOCKS_QUAD);
        EACH_VECTOR {
            const quad_w w = tile_load(t, q, c, v);
            EACH_ROW sum[r][v] = quad_eight(sum[r][v], w, x[r]);
        }
    }
}

LANES_INLINE void tile_four(const blocks_tile *t, size_t b, const char *q,
                            quad_s sum[TOGETHER][VECTORS]) {
    EACH_ROW EACH_VECTOR sum[r][v] = quad_four_start();
    LANES_UNROLL for (size_t c = 0; c < QUADS / 2; c++) {
        quad_x low[TOGETHER], high[TOGETHER];
        EACH_ROW {
            const int8_t *x = t->x[r * t->ldx + b].q + c * BLOCKS_QUAD;
            low[r] = quad_take(x);
            high[r] = quad_take(x + BLOCKS_COLUMNS / 2);
        }
        EACH_VECTOR {
            const quad_w w = tile_load(t, q, c, v);
            EACH_ROW sum[r][v] = quad_high(quad_low(sum[r][v], w, low[r]), w, high[r]);
        }
    }
}

// The results of a tile: acc[r][v].
typedef vf tile_sums[TOGETHER][VECTORS];

LANES_INLINE void tile_run_eight(const blocks_tile *t, tile_sums acc) {
    const char *w = t->w;
    for (size_t b = 0; b < t->blocks; b++) {
        const f16 *scale = (const f16 *)(const void *)w + t->first * V_WIDTH;
        tile_ask(t, w, BLOCKS_GROUP * sizeof(f16) + QUADS * QUAD_BYTES);
        w += BLOCKS_GROUP * sizeof(f16);
        vi sum[TOGETHER][VECTORS];
        tile_eight(t, b, w, 2, sum);
        EACH_VECTOR {
            const vf s = v_load_f16(scale + v * V_WIDTH);
            EACH_ROW {
                const vf x = v_set1(t->x[r * t->ldx + b].scale);
                acc[r][v] = v_fma(v_mul(quad_float(sum[r][v]), x), s, acc[r][v]);
            }
        }
        w += QUADS * QUAD_BYTES;
    }
}

LANES_INLINE void tile_run_halves(const blocks_tile *t, tile_sums acc) {
    const char *w = t->w;
    const f16 *scale = NULL;
    for (size_t b = 0; b < t->blocks; b++) {
        if (b % BLOCKS_PARTS == 0) {
            scale = (const f16 *)(const void *)w + t->first * V_WIDTH;
            w += BLOCKS_GROUP * sizeof(f16);
        }
        tile_ask(t, w, 2 * BLOCKS_GROUP + QUADS * QUAD_BYTES);
        for (size_t half = 0; half < 2; half++) {
            const int8_t *part = (const int8_t *)w + half * BLOCKS_GROUP + t->first * V_WIDTH;
            vi sum[TOGETHER][VECTORS];
            tile_eight(t, b, w + 2 * BLOCKS_GROUP, half, sum);
            EACH_VECTOR {
                const vf s = v_mul(v_load_f16(scale + v * V_WIDTH), quad_s8(part + v * V_WIDTH));
                EACH_ROW {
                    const vf x = v_set1(t->x[r * t->ldx + b].scale);
                    acc[r][v] = v_fma(v_mul(quad_float(sum[r][v]), x), s, acc[r][v]);
                }
            }
        }
        w += 2 * BLOCKS_GROUP + QUADS * QUAD_BYTES;
    }
}

LANES_INLINE void tile_run_four(const blocks_tile *t, tile_sums acc) {
    const char *w = t->w;
    const f16 *scale = NULL;
    for (size_t b = 0; b < t->blocks; b++) {
        if (b % BLOCKS_PARTS == 0) {
            scale = (const f16 *)(const void *)w + t->first * V_WIDTH;
            w += 2 * BLOCKS_GROUP * sizeof(f16);
        }
        const uint8_t *part = (const uint8_t *)w + t->first * V_WIDTH;
        tile_ask(t, w, 2 * BLOCKS_GROUP + QUADS / 2 * QUAD_BYTES);
        quad_s sum[TOGETHER][VECTORS];
        tile_four(t, b, w + 2 * BLOCKS_GROUP, sum);
        EACH_VECTOR {
            const vf s = v_mul(v_load_f16(scale + v * V_WIDTH), quad_u8(part + v * V_WIDTH));
            const vf m = v_mul(v_load_f16(scale + BLOCKS_GROUP + v * V_WIDTH),
                               quad_u8(part + BLOCKS_GROUP + v * V_WIDTH));
            EACH_ROW {
                const blocks_x *x = &t->x[r * t->ldx + b];
                const vf xs = v_set1(x->scale);
                const vf all = v_set1(x->scale * (float)(x->sum[0] + x->sum[1]));
                const vf q = v_mul(quad_float(quad_four_sum(sum[r][v])), xs);
                acc[r][v] = v_fnma(all, m, v_fma(q, s, acc[r][v]));
            }
        }
        w += 2 * BLOCKS_GROUP + QUADS / 2 * QUAD_BYTES;
    }
}

// n <= V_WIDTH results of row r from column `at` on.
LANES_INLINE void tile_store(const blocks_args *a, size_t r, size_t at, size_t n, vf result) {
    float *y = a->y + r * a->ldy + at;
    if (a->scale) result = v_mul(result, v_get(a->scale + at, n));
    if (a->add) result = v_add(result, v_get(y, n));
    v_put(y, result, n);
}

LANES_INLINE void tile_run(const blocks_args *a, const blocks_tile *t, const blocks_form form,
                           size_t row, size_t column) {
    tile_sums acc;
    EACH_ROW EACH_VECTOR acc[r][v] = v_zero();
    if (form == BLOCKS_EIGHT) tile_run_eight(t, acc);
    if (form == BLOCKS_HALVES) tile_run_halves(t, acc);
    if (form == BLOCKS_FOUR) tile_run_four(t, acc);
    EACH_VECTOR {
        const size_t at = column + (t->first + v) * V_WIDTH;
        const size_t left = at < a->n ? a->n - at : 0, n = left < V_WIDTH ? left : V_WIDTH;
        if (n == V_WIDTH)
            EACH_ROW tile_store(a, row + r, at, V_WIDTH, acc[r][v]);
        else if (n > 0)
            EACH_ROW tile_store(a, row + r, at, n, acc[r][v]);
    }
}

// A group against all rows of x: TOGETHER rows at a time with one vector of the group after the
// other, and what is left row by row with all vectors at once.
LANES_INLINE void group_run(const blocks_args *a, const char *w, size_t column,
                            const blocks_form form) {
    size_t row = 0;
    blocks_tile t = {.ldx = a->ldx, .blocks = a->blocks, .w = w};
    for (; row + TOGETHER <= a->rows; row += TOGETHER) {
        t.x = a->x + row * a->ldx;
        t.rows = TOGETHER;
        t.vectors = 1;
        for (t.first = 0; t.first < VECTORS; t.first++) tile_run(a, &t, form, row, column);
    }
    for (; row < a->rows; row++) {
        t.x = a->x + row * a->ldx;
        t.rows = 1;
        t.vectors = VECTORS;
        t.first = 0;
        tile_run(a, &t, form, row, column);
    }
}

LANES_INLINE void form_run(const blocks_args *a, const blocks_form form, size_t bytes) {
    const char *w = a->w;
    for (size_t column = 0; column < a->n; column += BLOCKS_GROUP, w += bytes)
        group_run(a, w, column, form);
}

static void product(const blocks_args *a) {
    const size_t bytes = blocks_group_bytes(a->form, a->blocks);
    switch (a->form) {
    case BLOCKS_EIGHT:
        form_run(a, BLOCKS_EIGHT, bytes);
        break;
    case BLOCKS_HALVES:
        form_run(a, BLOCKS_HALVES, bytes);
        break;
    case BLOCKS_FOUR:
        form_run(a, BLOCKS_FOUR, bytes);
        break;
    case BLOCKS_FORMS:
        break;
    }
}

#endif
