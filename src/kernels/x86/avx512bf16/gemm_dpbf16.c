// The matrix product of bf16 sources with vdpbf16ps, which multiplies pairs of neighbours in k and
// adds both products to an f32. Everything here counts k in pairs; an odd k ends in half a pair.
//
// Panels: for each group of TILE_N columns a [pairs, TILE_N] block of pairs, the missing half of
// the last pair and the columns past n zero.
//
// Accuracy: as f32 sums, but subnormal inputs and products count as zero (the instruction's rule).
#include "kernels/loops/level.h"

#include "kernels/loops/gemm_shape.h"
#include "kernels/x86/avx512bf16/pair_tile.h"

static size_t pairs_of(size_t k) {
    return ceil_div(k, 2);
}

static size_t pack_bytes(size_t k, size_t n) {
    return ceil_div(n, TILE_N) * TILE_N * pairs_of(k) * sizeof(uint32_t);
}

static uint32_t *panel_at(void *panels, size_t k, size_t n) {
    return (uint32_t *)panels + n * pairs_of(k); // n is a multiple of TILE_N
}

// The first n lanes of two neighbouring rows as pairs; no second row: zeros.
static m512i pair_rows(const bf16 *low, const bf16 *high, size_t n) {
    vi a = M512(cvtepu16_epi32)(n < V_WIDTH ? v_gather_h(low, n) : v_load_h(low));
    if (!high) return a;
    vi b = M512(cvtepu16_epi32)(n < V_WIDTH ? v_gather_h(high, n) : v_load_h(high));
    return M512(or_si512)(a, M512(slli_epi32)(b, 16));
}

// Two rows at a time, a few panels at a time (loops/gemm_body.h).
static void pack_rows(const gemm_pack_args *args) {
    const size_t group = 4 * TILE_N;
    for (size_t g = args->n0; g < args->n1; g += group) {
        size_t end = g + group < args->n1 ? g + group : args->n1;
        for (size_t p = args->k0 / 2; p < pairs_of(args->k1); p++) {
            const bf16 *row = (const bf16 *)args->b + (2 * p - args->k0) * args->ldb;
            const bool whole = 2 * p + 1 < args->k1;
            for (size_t n = g; n < end; n += TILE_N) {
                const bf16 *low = row + (n - args->n0);
                uint32_t *out = panel_at(args->panels, args->k, n) + p * TILE_N;
                for (size_t j = 0; j < TILE_N; j += V_WIDTH) {
                    size_t left = n + j < args->n ? args->n - n - j : 0;
                    const bf16 *high = whole ? low + args->ldb + j : NULL;
                    M512(storeu_si512)(out + j, pair_rows(low + j, high, left));
                }
            }
        }
    }
}

// One column of a block, from pair `first` on: the edges that the transposition does not cover.
static void pack_column_tail(uint32_t *panel, const bf16 *column, size_t first, size_t k) {
    for (size_t p = first; p < pairs_of(k); p++) {
        uint32_t high = 2 * p + 1 < k ? column[2 * p + 1] : 0;
        panel[p * TILE_N] = high << 16 | column[2 * p];
    }
}

// Pairs are neighbours in memory, so a panel is a transpose of pairs, which moves as the transpose
// of floats does. Rows an odd number of elements apart go one by one.
static void pack_cols(const gemm_pack_args *args) {
    const size_t k = args->k1 - args->k0, pairs = pairs_of(k), whole = k / 2 / V_BLOCK * V_BLOCK;
    for (size_t n = args->n0; n < args->n1; n += TILE_N) {
        uint32_t *panel = panel_at(args->panels, args->k, n) + args->k0 / 2 * TILE_N;
        for (size_t j = 0; j < TILE_N; j += V_BLOCK) {
            const bf16 *rows = (const bf16 *)args->b + (n - args->n0 + j) * args->ldb;
            bool blocks = n + j + V_BLOCK <= args->n && args->ldb % 2 == 0;
            for (size_t p = 0; blocks && p < whole; p += V_BLOCK)
                v_transpose((float *)(void *)(panel + p * TILE_N + j), TILE_N,
                            (const float *)(const void *)(rows + 2 * p), args->ldb / 2);
            for (size_t c = 0; c < V_BLOCK; c++) {
                if (n + j + c < args->n) {
                    pack_column_tail(panel + j + c, rows + c * args->ldb, blocks ? whole : 0, k);
                } else {
                    for (size_t p = 0; p < pairs; p++) panel[p * TILE_N + j + c] = 0;
                }
            }
        }
    }
}

static size_t scratch_bytes(size_t m, size_t n, size_t k) {
    (void)n;
    return copied_bytes(m, pairs_of(k));
}

// The pairs p0 .. p0 + pn - 1 of one run.
typedef struct pair_range {
    size_t p0, pn;
} pair_range;

static uint32_t pair_at(const gemm_args *args, size_t p, size_t m) {
    const bf16 *low = (const bf16 *)args->a + 2 * p * args->lda + m;
    uint32_t high = 2 * p + 1 < args->k ? low[args->lda] : 0;
    return high << 16 | *low;
}

// A(m, k) = a[k * lda + m] as rows of copied_row(pn) pairs: a transpose of pairs of rows, which
// moves as the transpose of floats does, in blocks that read along the rows of memory.
static void copy_a_columns(uint32_t *out, const gemm_args *args, pair_range range) {
    const size_t ld = copied_row(range.pn), whole_m = args->m - args->m % V_WIDTH;
    uint32_t block[V_BLOCK * V_WIDTH]; // [pairs, m]
    for (size_t p = 0; p < range.pn; p += V_BLOCK) {
        const size_t pairs = range.pn - p < V_BLOCK ? range.pn - p : V_BLOCK;
        const size_t all = args->k / 2 >= range.p0 + p + pairs && pairs == V_BLOCK ? whole_m : 0;
        for (size_t m = 0; m < all; m += V_WIDTH) {
            const bf16 *low = (const bf16 *)args->a + 2 * (range.p0 + p) * args->lda + m;
            for (size_t i = 0; i < V_BLOCK; i++, low += 2 * args->lda)
                M512(storeu_si512)(block + i * V_WIDTH, pair_rows(low, low + args->lda, V_WIDTH));
            for (size_t j = 0; j < V_WIDTH; j += V_BLOCK)
                v_transpose((float *)(void *)(out + (m + j) * ld + p), ld,
                            (const float *)(const void *)(block + j), V_WIDTH);
        }
        for (size_t i = 0; i < pairs; i++)
            for (size_t m = all; m < args->m; m++)
                out[m * ld + p + i] = pair_at(args, range.p0 + p + i, m);
    }
}

// A(m, k) = a[m * lda + k] as rows of copied_row(pn) pairs.
static void copy_a_rows(uint32_t *out, const gemm_args *args, pair_range range) {
    const size_t k0 = 2 * range.p0, left = args->k - k0;
    const size_t kn = 2 * range.pn < left ? 2 * range.pn : left;
    for (size_t m = 0; m < args->m; m++, out += copied_row(range.pn)) {
        out[range.pn - 1] = 0;
        __builtin_memcpy(out, (const bf16 *)args->a + m * args->lda + k0, kn * sizeof(bf16));
    }
}

// Where the tiles of one block find A, and the bytes from one row to the next. Rows are read in
// place when the last pair is whole and the rows do not collide.
static const char *prepare_a(const gemm_args *args, pair_range range, size_t *row) {
    if (!args->a_columns && args->k % 2 == 0 && !rows_collide(args->lda * sizeof(bf16))) {
        *row = args->lda * sizeof(bf16);
        return (const char *)((const bf16 *)args->a + 2 * range.p0);
    }
    if (!args->a_columns) {
        copy_a_rows(args->scratch, args, range);
    } else if (!args->a_packed) {
        copy_a_columns(args->scratch, args, range);
    }
    *row = copied_row(range.pn) * sizeof(uint32_t);
    return args->scratch;
}

// One block of k: a panel of B stays in cache while the tiles of A pass by.
static void run_block(const gemm_args *args, pair_range range) {
    pair_tile t = {.pairs = range.pn, .ldc = args->ldc, .add = args->add || range.p0 > 0};
    const char *const a = prepare_a(args, range, &t.a_row);
    for (size_t n = args->n0; n < args->n1; n += TILE_N) {
        t.n = args->n1 - n < TILE_N ? args->n1 - n : TILE_N;
        t.b = (const uint32_t *)args->panels + n * pairs_of(args->k) + range.p0 * TILE_N;
        for (size_t m = 0; m < args->m; m += t.m) {
            t.m = tile_height(args->m - m);
            t.a = a + m * t.a_row;
            t.c = args->c + m * args->ldc + n;
            pair_tile_run(&t);
        }
    }
}

static void pack_a(const gemm_args *args) {
    copy_a_columns(args->scratch, args, (pair_range){0, pairs_of(args->k)});
}

static void run(const gemm_args *args) {
    if (args->k == 0 && !args->add) clear_c(args);
    size_t pairs = pairs_of(args->k), blocks = ceil_div(pairs, K_BLOCK);
    for (size_t b = 0, p0 = 0; b < blocks; b++) {
        size_t p1 = pairs * (b + 1) / blocks;
        run_block(args, (pair_range){p0, p1 - p0});
        p0 = p1;
    }
}

// ---- few rows ----

#define ELEM_BYTES sizeof(bf16)
#define FEW_BYTES sizeof(uint32_t)
#include "kernels/loops/gemm_few.h"

static inline size_t few_units(size_t k) {
    return pairs_of(k);
}

// Pairs as they lie; half a pair at the end of an odd k.
static inline void few_take(float *out, const few_part *p, float scale) {
    (void)scale;
    const size_t left = p->k - 2 * p->u, elements = 2 * p->n < left ? 2 * p->n : left;
    if (elements % 2 == 1) out[p->n - 1] = 0;
    __builtin_memcpy(out, p->row + 2 * p->u * sizeof(bf16), elements * sizeof(bf16));
}

static inline float few_one(const char *row, size_t u, size_t k) {
    float pair;
    few_take(&pair, &(few_part){.row = row, .u = u, .n = 1, .k = k}, 1);
    return pair;
}

static inline vf few_fma(vf w, vf x, vf acc) {
    return M512(dpbf16_ps)(acc, (m512bh)M512(castps_si512)(w), (m512bh)M512(castps_si512)(x));
}

extern const gemm_kernels LEVEL(kernels_gemm_bf16);
const gemm_kernels LEVEL(kernels_gemm_bf16) = {
    .tile_m = TILE_M,
    .tile_n = TILE_N,
    .k_block = 2 * K_BLOCK,
    .pack_bytes = pack_bytes,
    .pack_rows = pack_rows,
    .pack_cols = pack_cols,
    .pack_a = pack_a,
    .scratch_bytes = scratch_bytes,
    .run = run,
    .few_bytes = few_bytes,
    .few_pack = few_pack,
    .few_run = few_run,
};
