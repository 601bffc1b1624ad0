// The matrix product over f32 panels, for sources of either element type. The including file
// defines
//   ELEM                    the element of A and B in memory
//   ELEM_LOAD(p)            V_WIDTH of them as f32;  ELEM_LOAD_N(p, n)  the first n
//   ELEM_ONE(p)             one of them as f32
//   ELEM_IS_F32             1 where A can be read in place
//   transpose_block         a V_BLOCK x V_BLOCK block: out[i * ldo + c] = in[c * ldi + i]
//
// Panels: for each group of TILE_N columns a [k, TILE_N] block of f32, columns past n zero.
#ifndef AXL_KERNELS_GEMM_BODY_H
#define AXL_KERNELS_GEMM_BODY_H

#include "kernels/loops/gemm_shape.h"
#include "kernels/loops/tile.h"

static size_t pack_bytes(size_t k, size_t n) {
    return ceil_div(n, TILE_N) * TILE_N * k * sizeof(float);
}

// Rows that packing asks the memory for before it needs them: rows lie too far apart for the
// processor to guess.
#define AHEAD 8

static float *panel_at(void *panels, size_t k, size_t n) {
    return (float *)panels + n * k; // n is a multiple of TILE_N
}

// Rows of TILE_N are copied. A few panels at a time, so that each row is read in long runs and each
// panel is written in order.
static void pack_rows(const gemm_pack_args *args) {
    const size_t group = 128 / TILE_N * TILE_N;
    for (size_t g = args->n0; g < args->n1; g += group) {
        size_t end = g + group < args->n1 ? g + group : args->n1;
        for (size_t k = args->k0; k < args->k1; k++) {
            const ELEM *row = (const ELEM *)args->b + (k - args->k0) * args->ldb;
            for (size_t n = g; n < end; n += TILE_N) {
                float *out = panel_at(args->panels, args->k, n) + k * TILE_N;
                const ELEM *from = row + (n - args->n0);
                __builtin_prefetch(from + AHEAD * args->ldb);
                for (size_t j = 0; j < TILE_N; j += V_WIDTH) {
                    size_t left = n + j < args->n ? args->n - n - j : 0;
                    v_store(out + j,
                            left >= V_WIDTH ? ELEM_LOAD(from + j) : ELEM_LOAD_N(from + j, left));
                }
            }
        }
    }
}

// One column of a block, from row `first` on: the edges that the transposition does not cover.
static void pack_column_tail(float *panel, const ELEM *column, size_t first, size_t k) {
    for (size_t i = first; i < k; i++) panel[i * TILE_N] = ELEM_ONE(column + i);
}

// A panel is the transpose of TILE_N rows of b.
static void pack_cols(const gemm_pack_args *args) {
    const size_t k = args->k1 - args->k0, whole = k - k % V_BLOCK;
    for (size_t n = args->n0; n < args->n1; n += TILE_N) {
        float *panel = panel_at(args->panels, args->k, n) + args->k0 * TILE_N;
        for (size_t j = 0; j < TILE_N; j += V_BLOCK) {
            const ELEM *rows = (const ELEM *)args->b + (n - args->n0 + j) * args->ldb;
            if (n + j + V_BLOCK <= args->n) {
                for (size_t i = 0; i < whole; i += V_BLOCK)
                    transpose_block(panel + i * TILE_N + j, TILE_N, rows + i, args->ldb);
                for (size_t c = 0; c < V_BLOCK; c++)
                    pack_column_tail(panel + j + c, rows + c * args->ldb, whole, k);
            } else {
                for (size_t c = 0; c < V_BLOCK; c++) {
                    bool real = n + j + c < args->n;
                    for (size_t i = 0; i < k && !real; i++) panel[i * TILE_N + j + c] = 0;
                    if (real) pack_column_tail(panel + j + c, rows + c * args->ldb, 0, k);
                }
            }
        }
    }
}

static size_t scratch_bytes(size_t m, size_t n, size_t k) {
    (void)n;
    return copied_bytes(m, k);
}

// A(m, k) = a[k * lda + m] for k0 <= k < k0 + kn, as rows of copied_row(kn): a transpose, in blocks
// that read along the rows of memory.
static void copy_a_columns(float *out, const gemm_args *args, size_t k0, size_t kn) {
    const size_t ld = copied_row(kn), whole_m = args->m - args->m % V_BLOCK;
    const ELEM *a = (const ELEM *)args->a + k0 * args->lda;
    for (size_t k = 0; k < kn; k += V_BLOCK, a += V_BLOCK * args->lda) {
        const size_t rows = kn - k < V_BLOCK ? kn - k : V_BLOCK;
        size_t m = 0;
        for (; m < whole_m && rows == V_BLOCK; m += V_BLOCK) {
            for (size_t i = 0; i < V_BLOCK; i++)
                __builtin_prefetch(a + (AHEAD + i) * args->lda + m);
            transpose_block(out + m * ld + k, ld, a + m, args->lda);
        }
        for (size_t i = 0; i < rows; i++)
            for (size_t j = m; j < args->m; j++)
                out[j * ld + k + i] = ELEM_ONE(a + i * args->lda + j);
    }
}

// A(m, k) = a[m * lda + k] for the same k, as f32 rows of copied_row(kn).
static void copy_a_rows(float *out, const gemm_args *args, size_t k0, size_t kn) {
    for (size_t m = 0; m < args->m; m++, out += copied_row(kn)) {
        const ELEM *a = (const ELEM *)args->a + m * args->lda + k0;
        size_t k = 0;
        for (; k + V_WIDTH <= kn; k += V_WIDTH) v_store(out + k, ELEM_LOAD(a + k));
        if (k < kn) v_store_n(out + k, ELEM_LOAD_N(a + k, kn - k), kn - k);
    }
}

// Where the tiles of one block of k find A: rows, `ld` floats apart.
typedef struct a_rows {
    const float *base;
    size_t ld;
} a_rows;

static a_rows prepare_a(const gemm_args *args, size_t k0, size_t kn) {
    if (ELEM_IS_F32 && !args->a_columns && !rows_collide(args->lda * sizeof(float)))
        return (a_rows){(const float *)args->a + k0, args->lda};
    if (!args->a_columns) {
        copy_a_rows(args->scratch, args, k0, kn);
    } else if (!args->a_packed) {
        copy_a_columns(args->scratch, args, k0, kn);
    }
    return (a_rows){args->scratch, copied_row(kn)};
}

// One block of k: a panel of B stays in cache while the tiles of A pass by.
static void run_block(const gemm_args *args, size_t k0, size_t kn) {
    const a_rows a = prepare_a(args, k0, kn);
    for (size_t n = args->n0; n < args->n1; n += TILE_N) {
        tile t = {.n = args->n1 - n < TILE_N ? args->n1 - n : TILE_N,
                  .k = kn,
                  .a_row = a.ld,
                  .a_k = 1,
                  .b = (const float *)args->panels + n * args->k + k0 * TILE_N,
                  .ldc = args->ldc,
                  .add = args->add || k0 > 0};
        for (size_t m = 0; m < args->m; m += t.m) {
            t.m = tile_height(args->m - m);
            t.a = a.base + m * a.ld;
            t.c = args->c + m * args->ldc + n;
            tile_run_rows(&t);
        }
    }
}

static void pack_a(const gemm_args *args) {
    copy_a_columns(args->scratch, args, 0, args->k);
}

static void run(const gemm_args *args) {
    if (args->k == 0 && !args->add) clear_c(args);
    size_t blocks = ceil_div(args->k, K_BLOCK);
    for (size_t b = 0, k0 = 0; b < blocks; b++) {
        size_t k1 = args->k * (b + 1) / blocks;
        run_block(args, k0, k1 - k0);
        k0 = k1;
    }
}

// ---- few rows ----

#define ELEM_BYTES sizeof(ELEM)
#define FEW_BYTES sizeof(ELEM)
#include "kernels/loops/gemm_few.h"

static inline size_t few_units(size_t k) {
    return k;
}

static inline float few_one(const char *row, size_t u, size_t k) {
    (void)k;
    return ELEM_ONE((const ELEM *)(const void *)row + u);
}

static inline void few_take(float *out, const few_part *p, float scale) {
    const ELEM *from = (const ELEM *)(const void *)p->row + p->u;
    const vf s = v_set1(scale);
    size_t i = 0;
    for (; i + V_WIDTH <= p->n; i += V_WIDTH) v_store(out + i, v_mul(ELEM_LOAD(from + i), s));
    if (i < p->n) v_store_n(out + i, v_mul(ELEM_LOAD_N(from + i, p->n - i), s), p->n - i);
}

static inline vf few_fma(vf w, vf x, vf acc) {
    return v_fma(w, x, acc);
}

#define GEMM_TABLE                                                                                 \
    {                                                                                              \
        .tile_m = TILE_M, .tile_n = TILE_N, .k_block = K_BLOCK, .pack_bytes = pack_bytes,          \
        .pack_rows = pack_rows, .pack_cols = pack_cols, .pack_a = pack_a,                          \
        .scratch_bytes = scratch_bytes, .run = run, .few_bytes = few_bytes, .few_pack = few_pack,  \
        .few_run = few_run                                                                         \
    }

#endif
