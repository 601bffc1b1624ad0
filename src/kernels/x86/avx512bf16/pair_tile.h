// The register tile of the bf16 product: loops/tile.h with pairs in the place of floats.
//
//   C[i][j] (+)= sum over p of A(i, p) . B[p][j]     i < m <= TILE_M,  j < n <= TILE_N
//
// where A(i, p) is the pair at a + i * a_row + p * a_pair (bytes) and . is the product of two
// pairs.
#ifndef AXL_KERNELS_PAIR_TILE_H
#define AXL_KERNELS_PAIR_TILE_H

#include "kernels/loops/tile.h"

typedef struct pair_tile {
    size_t m, n, pairs;
    const char *a;     // rows of pairs
    size_t a_row;      // bytes from one to the next
    const uint32_t *b; // [pairs, TILE_N]
    float *c;          // [m, ldc]
    size_t ldc;
    bool add;
} pair_tile;

TILE_INLINE void pair_step(vf acc[TILE_M][TILE_NV], const char *a, size_t a_row, const uint32_t *b,
                           const size_t rows) {
    m512i bv[TILE_NV];
    TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) bv[v] = M512(loadu_si512)(b + v * V_WIDTH);
    TILE_UNROLL for (size_t i = 0; i < rows; i++) {
        int pair;
        __builtin_memcpy(&pair, a + i * a_row, sizeof pair);
        m512i av = M512(set1_epi32)(pair);
        TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) acc[i][v] =
            M512(dpbf16_ps)(acc[i][v], (m512bh)av, (m512bh)bv[v]);
    }
}

// rows is a constant at every call.
TILE_INLINE void pair_body(const pair_tile *t, const size_t rows) {
    const char *a = t->a;
    const uint32_t *b = t->b;
    const size_t a_row = t->a_row;
    vf acc[TILE_M][TILE_NV];
    TILE_UNROLL for (size_t i = 0; i < rows; i++) {
        TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) acc[i][v] = v_zero();
        __builtin_prefetch(t->c + i * t->ldc, 1);
        __builtin_prefetch(t->c + i * t->ldc + V_WIDTH, 1);
    }
    TILE_PAIRS for (size_t p = 0; p < t->pairs; p++, a += sizeof(uint32_t), b += TILE_N)
        pair_step(acc, a, a_row, b, rows);
    TILE_UNROLL for (size_t i = 0; i < rows; i++)
        tile_store_row(t->c + i * t->ldc, acc[i], t->n, t->add);
}

#define PAIR_CASE(rows)                                                                            \
    case rows:                                                                                     \
        pair_body(t, rows);                                                                        \
        break

static inline void pair_tile_run(const pair_tile *t) {
    switch (t->m) {
        PAIR_CASE(1);
        PAIR_CASE(2);
        PAIR_CASE(3);
        PAIR_CASE(4);
        PAIR_CASE(5);
        PAIR_CASE(6);
        PAIR_CASE(7);
        PAIR_CASE(8);
        PAIR_CASE(9);
        PAIR_CASE(10);
        PAIR_CASE(11);
        PAIR_CASE(12);
    default:
        break;
    }
}

#endif
