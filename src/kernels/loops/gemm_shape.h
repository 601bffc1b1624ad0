// How a product is cut up, the same for panels of floats and of pairs of bf16: both count k in
// elements of 4 bytes. TILE_M comes from the level.
#ifndef AXL_KERNELS_GEMM_SHAPE_H
#define AXL_KERNELS_GEMM_SHAPE_H

#include "kernels/gemm.h"

// Elements of k that one pass over C sums: a panel of as many rows stays in the second-level cache
// while the rows of A pass by. Longer blocks mean fewer passes; docs/speed.md has the figures.
#define K_BLOCK 1024

static inline size_t ceil_div(size_t a, size_t b) {
    return (a + b - 1) / b;
}

// Rows of the next register tile when left remain: whole tiles, but the last two share what is left
// when the last alone would be too low to keep the multipliers busy.
static inline size_t tile_height(size_t left) {
    if (left >= 2 * TILE_M || left == TILE_M) return TILE_M;
    if (left < TILE_M) return left;
    return 3 * (left - TILE_M) >= 2 * TILE_M ? TILE_M : (left + 1) / 2;
}

// Elements from one copied row of A to the next: whole cache lines, an odd number of them, so that
// the rows of a tile never meet in one set of the cache.
static inline size_t copied_row(size_t kn) {
    return (ceil_div(kn, 16) | 1) * 16;
}

// Bytes of the copied rows of one block.
static inline size_t copied_bytes(size_t m, size_t k) {
    return m * copied_row(k < K_BLOCK ? k : K_BLOCK) * 4;
}

// Rows of A are read in place unless they lie a multiple of 2 KiB apart: then the rows of a tile
// would share a few sets of the first-level cache and evict the panel.
static inline bool rows_collide(size_t row_bytes) {
    return row_bytes % 2048 == 0;
}

// An empty sum.
static inline void clear_c(const gemm_args *args) {
    for (size_t m = 0; m < args->m; m++)
        for (size_t n = args->n0; n < args->n1; n++) args->c[m * args->ldc + n] = 0;
}

#endif
