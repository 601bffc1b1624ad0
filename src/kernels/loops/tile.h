// The register tile of every f32 matrix product (GEMM and attention): up to TILE_M rows by TILE_N
// columns of C, accumulated in registers over k.
//
//   C[i][j] (+)= sum over k of A(i, k) * B[k][j]     i < m <= TILE_M,  j < n <= TILE_N
//
// A(i, k) = a[i * a_row + k * a_k] is read by broadcasts, in place or packed. B is a panel: rows of
// TILE_N floats, one a k, all of it readable whatever n is. Sums run over k ascending.
#ifndef AXL_KERNELS_TILE_H
#define AXL_KERNELS_TILE_H

#include "kernels/loops/level.h"

#include <stdbool.h>

#define TILE_N (TILE_NV * V_WIDTH)
_Static_assert(32 % TILE_N == 0, "blocks of weights are whole panels (kernels/gemm.h)");

typedef struct tile {
    size_t m, n, k;
    const float *a;
    size_t a_row, a_k;
    const float *b; // [k, TILE_N]
    float *c;       // [m, ldc]
    size_t ldc;
    bool add;
} tile;

#define TILE_INLINE static inline __attribute__((always_inline))
// The accumulators live in registers only if these loops unroll before anything else looks at them.
// The loop over k unrolls twice: more costs minutes to compile and wins nothing.
#ifdef __clang__
#define TILE_UNROLL _Pragma("clang loop unroll(full)")
#define TILE_PAIRS _Pragma("clang loop unroll_count(2)")
#else
#define TILE_UNROLL _Pragma("GCC unroll 16")
#define TILE_PAIRS _Pragma("GCC unroll 2")
#endif

// Writes (or adds) one row of the tile, n columns of it.
TILE_INLINE void tile_store_row(float *c, const vf *acc, size_t n, bool add) {
    TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) {
        size_t j = v * V_WIDTH;
        if (j + V_WIDTH <= n) {
            v_store(c + j, add ? v_add(v_load(c + j), acc[v]) : acc[v]);
        } else if (j < n) {
            vf old = add ? v_load_n(c + j, n - j) : v_zero();
            v_store_n(c + j, add ? v_add(old, acc[v]) : acc[v], n - j);
        }
    }
}

// One k: the products of a column of A with a row of the panel.
TILE_INLINE void tile_step(vf acc[TILE_M][TILE_NV], const float *a, size_t a_row, const float *b,
                           const size_t rows) {
    vf bv[TILE_NV];
    TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) bv[v] = v_load(b + v * V_WIDTH);
    TILE_UNROLL for (size_t i = 0; i < rows; i++) {
        vf av = v_set1(a[i * a_row]);
        TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) acc[i][v] = v_fma(av, bv[v], acc[i][v]);
    }
}

// rows and unit are constants at every call: the loops unroll into straight register code. Nothing
// but loads and multiply-adds in the loop over k: where two threads share a core, each instruction
// more costs as much as a multiply-add.
TILE_INLINE void tile_body(const tile *t, const size_t rows, const bool unit) {
    const size_t a_row = t->a_row, a_k = unit ? 1 : t->a_k;
    const float *a = t->a, *b = t->b;
    vf acc[TILE_M][TILE_NV];
    TILE_UNROLL for (size_t i = 0; i < rows; i++) {
        TILE_UNROLL for (size_t v = 0; v < TILE_NV; v++) acc[i][v] = v_zero();
        __builtin_prefetch(t->c + i * t->ldc, 1);
    }
    TILE_PAIRS for (size_t k = 0; k < t->k; k++, a += a_k, b += TILE_N)
        tile_step(acc, a, a_row, b, rows);
    TILE_UNROLL for (size_t i = 0; i < rows; i++)
        tile_store_row(t->c + i * t->ldc, acc[i], t->n, t->add);
}

#define TILE_CASE(rows, unit)                                                                      \
    case rows:                                                                                     \
        tile_body(t, rows, unit);                                                                  \
        break
#if TILE_M > 4
#define TILE_CASES_6(unit)                                                                         \
    TILE_CASE(5, unit);                                                                            \
    TILE_CASE(6, unit)
#else
#define TILE_CASES_6(unit)
#endif
#if TILE_M > 6
#define TILE_CASES_12(unit)                                                                        \
    TILE_CASE(7, unit);                                                                            \
    TILE_CASE(8, unit);                                                                            \
    TILE_CASE(9, unit);                                                                            \
    TILE_CASE(10, unit);                                                                           \
    TILE_CASE(11, unit);                                                                           \
    TILE_CASE(12, unit)
#else
#define TILE_CASES_12(unit)
#endif
// Rows as few as the call asks for: no work on rows that are not there.
#define TILE_SWITCH(unit)                                                                          \
    switch (t->m) {                                                                                \
        TILE_CASE(1, unit);                                                                        \
        TILE_CASE(2, unit);                                                                        \
        TILE_CASE(3, unit);                                                                        \
        TILE_CASE(4, unit);                                                                        \
        TILE_CASES_6(unit);                                                                        \
        TILE_CASES_12(unit);                                                                       \
    default:                                                                                       \
        break;                                                                                     \
    }

// Where a_k is 1. Separate, so that those who never need the other do not compile it.
static inline void tile_run_rows(const tile *t) {
    TILE_SWITCH(true)
}

static inline void tile_run_columns(const tile *t) {
    TILE_SWITCH(false)
}

static inline void tile_run(const tile *t) {
    if (t->a_k == 1) {
        tile_run_rows(t);
    } else {
        tile_run_columns(t);
    }
}

#endif
