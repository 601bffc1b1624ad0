// Weights of few bits from stored blocks to products: what was prepared means the numbers that
// unpacking gives, and the result does not depend on threads, on rows beside it or on the cutting.
#include "base/rng.h"
#include "base/sizes.h"
#include "support/unit.h"
#include "tensor/op_blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const dtype types[] = {DTYPE_Q8_0, DTYPE_Q5_0, DTYPE_Q4_K, DTYPE_Q6_K};
#define TYPES (sizeof types / sizeof *types)
#define PARTS ((size_t)2)
#define MOST_ROWS ((size_t)9)

// Offsets of the f16 numbers of a block, whose exponents must stay small.
static void tame(dtype type, uint8_t *block) {
    const size_t at = type == DTYPE_Q6_K ? 208 : 0;
    block[at + 1] = (uint8_t)((block[at + 1] & 0x83) | 0x2c); // about 1 / 16
    if (type == DTYPE_Q4_K) block[3] = (uint8_t)((block[3] & 0x83) | 0x2c);
}

// [rows] stored rows of k columns, random bits.
static uint8_t *make_rows(dtype type, size_t rows, size_t k, uint64_t seed) {
    size_t row;
    assert_true(blocks_row_bytes(type, k, &row));
    const size_t block = dtype_of(type)->block_bytes;
    uint8_t *out = malloc(rows * row);
    for (size_t i = 0; i < rows * row; i++) out[i] = (uint8_t)rng_below(rng_key(seed, 1), i, 256);
    for (size_t i = 0; i < rows * row; i += block) tame(type, out + i);
    return out;
}

typedef struct problem {
    kernels k;
    pool *p;
    dtype type;
    size_t m, n, depth;
    uint8_t *stored[PARTS];
    void *data[PARTS];
    blocks_matrix w[PARTS];
    float *x, *y, *scale;
    void *scratch;
} problem;

static problem open(dtype type, size_t m, size_t n, size_t depth, pool *p) {
    problem q = {.p = p, .type = type, .m = m, .n = n, .depth = depth};
    assert_true(kernels_select(kernels_best_level(), &q.k));
    for (size_t i = 0; i < PARTS; i++) {
        size_t bytes;
        assert_true(blocks_matrix_bytes(type, n, depth, &bytes));
        q.stored[i] = make_rows(type, n, depth, 10 + i);
        q.data[i] = malloc(bytes);
        const blocks_stored from = {type, n, depth, q.stored[i]};
        q.w[i] = blocks_matrix_prepare(p, &from, q.data[i]);
    }
    q.x = malloc(m * depth * sizeof *q.x);
    q.y = malloc(m * PARTS * n * sizeof *q.y);
    q.scale = malloc(PARTS * n * sizeof *q.scale);
    rng_fill_normal(rng_key(3, 1), 0, q.x, m * depth);
    rng_fill_normal(rng_key(4, 1), 0, q.y, m * PARTS * n);
    rng_fill_normal(rng_key(5, 1), 0, q.scale, PARTS * n);
    q.scratch = aligned_alloc(64, size_div_up(op_blocks_scratch(m, depth), 64) * 64);
    return q;
}

static void run(const problem *q, size_t row, size_t m, bool add, float *y) {
    const exec ex = {.k = &q->k,
                     .p = q->p,
                     .scratch = q->scratch,
                     .scratch_bytes = op_blocks_scratch(q->m, q->depth)};
    const op_blocks a = {.x = view_f32(q->x + row * q->depth, m, q->depth),
                         .w = q->w,
                         .count = PARTS,
                         .scale = view_f32(q->scale, 1, PARTS * q->n),
                         .y = view_f32(y, m, PARTS * q->n),
                         .add = add};
    axl_error err;
    assert_int_equal(op_blocks_apply(&ex, &a, &err), AXL_OK);
}

static void close(problem *q) {
    for (size_t i = 0; i < PARTS; i++) free(q->stored[i]), free(q->data[i]);
    free(q->x);
    free(q->y);
    free(q->scale);
    free(q->scratch);
}

// Column n of all parts as numbers, padded to whole blocks.
static void weights_of(const problem *q, size_t n, float *out) {
    size_t row;
    assert_true(blocks_row_bytes(q->type, q->depth, &row));
    const dtype_info *info = dtype_of(q->type);
    const size_t padded = size_div_up(q->depth, info->block) * info->block;
    info->to_f32(&q->k, out, q->stored[n / q->n] + n % q->n * row, padded);
}

static void check(const problem *q, const float *before) {
    static float w[1024];
    for (size_t m = 0; m < q->m; m++) {
        static blocks_x rounded[32];
        q->k.blocks->round(rounded, q->x + m * q->depth, q->depth);
        for (size_t n = 0; n < PARTS * q->n; n++) {
            weights_of(q, n, w);
            double sum = 0, scale = 0;
            for (size_t k = 0; k < q->depth; k++) {
                const double x = (double)rounded[k / 32].scale * rounded[k / 32].q[k % 32];
                sum += x * (double)w[k];
                scale += fabs(x) * (fabs((double)w[k]) + 8); // 8: a q4_k weight is a difference
            }
            const double start = (double)before[m * PARTS * q->n + n], s = (double)q->scale[n];
            const double want = start + s * sum, got = (double)q->y[m * PARTS * q->n + n];
            if (!(fabs(want - got) <= (fabs(start) + fabs(s) * scale) * 0x1p-20))
                fail_msg("%s [%zu, %zu] row %zu column %zu: %g, not %g", dtype_of(q->type)->name,
                         q->n, q->depth, m, n, got, want);
        }
    }
}

static const size_t depths[] = {1, 31, 32, 224, 256, 608, 688, 1000};
#define DEPTHS (sizeof depths / sizeof *depths)

static void products_mean_the_stored_numbers(void **state) {
    (void)state;
    pool *p;
    axl_error err;
    assert_int_equal(pool_create(&p, 2, &err), AXL_OK);
    for (size_t t = 0; t < TYPES; t++)
        for (size_t d = 0; d < DEPTHS; d++)
            for (size_t n = 5; n <= 70; n += 65) {
                problem q = open(types[t], 1 + d % 6, n, depths[d], p);
                const size_t bytes = q.m * PARTS * n * sizeof(float);
                float *before = malloc(bytes);
                memcpy(before, q.y, bytes);
                run(&q, 0, q.m, true, q.y);
                check(&q, before);
                free(before);
                close(&q);
            }
    pool_free(p);
}

static void bits_depend_on_nothing_beside(void **state) {
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        float *want = NULL;
        for (size_t threads = 1; threads <= 3; threads++) {
            pool *p;
            axl_error err;
            assert_int_equal(pool_create(&p, threads, &err), AXL_OK);
            problem q = open(types[t], MOST_ROWS, 90, 688, p);
            const size_t width = PARTS * q.n, bytes = q.m * width * sizeof(float);
            run(&q, 0, q.m, false, q.y);
            if (!want) want = memcpy(malloc(bytes), q.y, bytes);
            assert_memory_equal(want, q.y, bytes);
            for (size_t m = 0; m < q.m; m++) run(&q, m, 1, false, q.y + m * width);
            assert_memory_equal(want, q.y, bytes);
            close(&q);
            pool_free(p);
        }
        free(want);
    }
}

// Prepared and restored, rows mean the same numbers, and whole ones have the same bytes.
static void prepared_rows_come_back(void **state) {
    (void)state;
    pool *p;
    axl_error err;
    assert_int_equal(pool_create(&p, 2, &err), AXL_OK);
    for (size_t t = 0; t < TYPES; t++)
        for (size_t d = 0; d < DEPTHS; d++) {
            problem q = open(types[t], 1, 37, depths[d], p);
            const dtype_info *info = dtype_of(types[t]);
            const size_t padded = size_div_up(depths[d], info->block) * info->block;
            size_t row;
            assert_true(blocks_row_bytes(types[t], depths[d], &row));
            uint8_t *back = malloc(q.n * row);
            static float want[1024], got[1024];
            memset(back, 0xff, q.n * row);
            blocks_matrix_restore(p, &q.w[0], types[t], back);
            if (padded == depths[d]) assert_memory_equal(back, q.stored[0], q.n * row);
            for (size_t r = 0; r < q.n; r++) {
                info->to_f32(&q.k, want, q.stored[0] + r * row, padded);
                info->to_f32(&q.k, got, back + r * row, padded);
                assert_memory_equal(want, got, depths[d] * sizeof *want);
            }
            free(back);
            close(&q);
        }
    pool_free(p);
}

static void wrong_shapes_are_refused(void **state) {
    (void)state;
    problem q = open(DTYPE_Q8_0, 2, 16, 64, NULL);
    const exec ex = {
        .k = &q.k, .scratch = q.scratch, .scratch_bytes = op_blocks_scratch(q.m, q.depth)};
    op_blocks a = {.x = view_f32(q.x, 2, 63), .w = q.w, .count = 2, .y = view_f32(q.y, 2, 32)};
    axl_error err;
    assert_int_equal(op_blocks_apply(&ex, &a, &err), AXL_BAD_ARGUMENT);
    a.x = view_f32(q.x, 2, 64);
    a.y = view_f32(q.y, 2, 31);
    assert_int_equal(op_blocks_apply(&ex, &a, &err), AXL_BAD_ARGUMENT);
    a.y = view_f32(q.y, 2, 32);
    assert_int_equal(op_blocks_apply(&ex, &a, &err), AXL_OK);
    exec small = ex;
    small.scratch_bytes--;
    assert_int_equal(op_blocks_apply(&small, &a, &err), AXL_INTERNAL);
    size_t bytes;
    assert_false(blocks_matrix_bytes(DTYPE_F32, 1, 1, &bytes));
    assert_false(blocks_matrix_bytes(DTYPE_Q4_K, SIZE_MAX, 256, &bytes));
    assert_false(blocks_matrix_bytes(DTYPE_Q8_0, 1, SIZE_MAX, &bytes));
    close(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_mean_the_stored_numbers),
        cmocka_unit_test(bits_depend_on_nothing_beside),
        cmocka_unit_test(prepared_rows_come_back),
        cmocka_unit_test(wrong_shapes_are_refused),
    };
    return cmocka_run_group_tests_name("op_blocks", tests, NULL, NULL);
}
