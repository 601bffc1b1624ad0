// The product of few rows with rows of W as they lie, without panels, and with the same bits as
// over panels: sums run over the same blocks of k, ascending. The rows of A lie in the lanes of a
// vector, so that each number of W, read once, meets all of them. Panels would be read once and
// thrown away.
//
// Counts k in units of 4 bytes as the panels have them. The including file defines
//   FEW_BYTES                                bytes of a unit in memory
//   few_units(k)                             units of a row of k elements
//   few_one(row, u, k)                       unit u of a row of A
//   few_take(out, part, scale)               a part of a row of W, times scale
//   few_fma(w, x, acc)                       as the tile has it
#ifndef AXL_KERNELS_GEMM_FEW_H
#define AXL_KERNELS_GEMM_FEW_H

#include "kernels/loops/gemm_shape.h"
#include "kernels/loops/lanes.h"

// Units u .. u + n - 1 of a row of k elements.
typedef struct few_part {
    const char *row;
    size_t u, n, k;
} few_part;

static inline size_t few_units(size_t k);
static inline float few_one(const char *row, size_t u, size_t k);
static inline void few_take(float *out, const few_part *p, float scale);
static inline vf few_fma(vf w, vf x, vf acc);

#define FEW_LANES (V_WIDTH > GEMM_FEW_ROWS ? V_WIDTH : GEMM_FEW_ROWS)
#define FEW_VECTORS (FEW_LANES / V_WIDTH)
#define FEW_COLUMNS 8 // rows of W at a time: independent sums, which hide the latency of adding
#define FEW_UNITS 64  // of each of them at a time
#define FEW_LINE 64   // bytes that come from memory at once

static size_t few_bytes(size_t k) {
    return few_units(k) * FEW_LANES * sizeof(float);
}

// The rows of A side by side: [units, FEW_LANES].
static void few_pack(const gemm_few_args *args) {
    float *x = args->scratch;
    const size_t units = few_units(args->k);
    for (size_t u = 0; u < units; u++)
        for (size_t m = 0; m < FEW_LANES; m++)
            *x++ = m < args->m
                       ? few_one((const char *)args->a + m * args->lda * ELEM_BYTES, u, args->k)
                       : 0;
}

// Units of one block of sums, of the columns of C from n on.
typedef struct few_block {
    size_t n, columns; // at most FEW_COLUMNS
    size_t u0, u1;
} few_block;

typedef float few_weights[FEW_COLUMNS][FEW_UNITS];

// Units u .. u + n - 1 of the block's rows of W. Where there are fewer rows, the last one again:
// its sums are not stored. The rows that come next are asked for; fetching touches nothing, and the
// address is a number, because the last rows have none behind them.
static inline void few_load(const gemm_few_args *args, const few_block *b, size_t u, size_t n,
                            few_weights out) {
    const size_t row_bytes = args->ldw * ELEM_BYTES;
    for (size_t c = 0; c < FEW_COLUMNS; c++) {
        const size_t row = b->n + (c < b->columns ? c : b->columns - 1);
        const char *from = (const char *)args->w + row * row_bytes;
        const uintptr_t next = (uintptr_t)from + FEW_COLUMNS * row_bytes + u * FEW_BYTES;
        for (size_t i = 0; i < n * FEW_BYTES; i += FEW_LINE)
            __builtin_prefetch((const void *)(next + i));
        const few_part part = {.row = from, .u = u, .n = n, .k = args->k};
        few_take(out[c], &part, args->scale ? args->scale[row] : 1.0f);
    }
}

static inline void few_store(const gemm_few_args *args, const few_block *b,
                             vf acc[FEW_COLUMNS][FEW_VECTORS]) {
    const bool add = args->add || b->u0 > 0;
    float sums[FEW_COLUMNS][FEW_LANES];
    LANES_UNROLL for (size_t c = 0; c < FEW_COLUMNS; c++)
        LANES_UNROLL for (size_t v = 0; v < FEW_VECTORS; v++)
            v_store(sums[c] + v * V_WIDTH, acc[c][v]);
    for (size_t m = 0; m < args->m; m++)
        for (size_t c = 0; c < b->columns; c++) {
            float *to = args->c + m * args->ldc + b->n + c;
            *to = add ? *to + sums[c][m] : sums[c][m];
        }
}

static inline void few_block_run(const gemm_few_args *args, const few_block *b) {
    const float *x = (const float *)args->scratch + b->u0 * FEW_LANES;
    vf acc[FEW_COLUMNS][FEW_VECTORS];
    few_weights w;
    LANES_UNROLL for (size_t c = 0; c < FEW_COLUMNS; c++)
        LANES_UNROLL for (size_t v = 0; v < FEW_VECTORS; v++) acc[c][v] = v_zero();
    for (size_t u = b->u0; u < b->u1; u += FEW_UNITS) {
        const size_t n = b->u1 - u < FEW_UNITS ? b->u1 - u : FEW_UNITS;
        few_load(args, b, u, n, w);
        for (size_t i = 0; i < n; i++, x += FEW_LANES) {
            vf row[FEW_VECTORS];
            LANES_UNROLL for (size_t v = 0; v < FEW_VECTORS; v++) row[v] = v_load(x + v * V_WIDTH);
            LANES_UNROLL for (size_t c = 0; c < FEW_COLUMNS; c++) {
                const vf one = v_set1(w[c][i]);
                LANES_UNROLL for (size_t v = 0; v < FEW_VECTORS; v++) acc[c][v] =
                    few_fma(one, row[v], acc[c][v]);
            }
        }
    }
    few_store(args, b, acc);
}

static void few_run(const gemm_few_args *args) {
    const size_t units = few_units(args->k), blocks = ceil_div(units, K_BLOCK);
    if (blocks == 0 && !args->add)
        for (size_t m = 0; m < args->m; m++)
            for (size_t n = args->n0; n < args->n1; n++) args->c[m * args->ldc + n] = 0;
    few_block b = {0};
    for (size_t i = 0; i < blocks; i++, b.u0 = b.u1) {
        b.u1 = units * (i + 1) / blocks;
        for (b.n = args->n0; b.n < args->n1; b.n += FEW_COLUMNS) {
            const size_t left = args->n1 - b.n;
            b.columns = left < FEW_COLUMNS ? left : FEW_COLUMNS;
            few_block_run(args, &b);
        }
    }
}

#endif
