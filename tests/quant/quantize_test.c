// Quantising against what ggml made of the same numbers (golden_blocks.h), and what must hold for
// any numbers.
#include "base/rng.h"
#include "quant/golden_blocks.h"
#include "quant/quant_case.h"
#include "quant/quantize_rows.h"
#include "support/unit.h"
#include "tensor/blocks_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS ((size_t)256)

static const struct {
    dtype type;
    const uint8_t *blocks;
    size_t bytes;
    const uint32_t *bits;
} golden[QUANT_TYPES] = {
    {DTYPE_Q8_0, golden_q8_0, sizeof golden_q8_0, golden_q8_0_bits},
    {DTYPE_Q5_0, golden_q5_0, sizeof golden_q5_0, golden_q5_0_bits},
    {DTYPE_Q4_K, golden_q4_k, sizeof golden_q4_k, golden_q4_k_bits},
    {DTYPE_Q6_K, golden_q6_k, sizeof golden_q6_k, golden_q6_k_bits},
};

static kernels best(void) {
    kernels k;
    assert_true(kernels_select(kernels_best_level(), &k));
    return k;
}

static void golden_blocks_unpack_to_their_bits(void **state) {
    (void)state;
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        for (size_t t = 0; t < QUANT_TYPES; t++) {
            float out[NUMBERS];
            dtype_of(golden[t].type)->to_f32(&k, out, golden[t].blocks, NUMBERS);
            assert_memory_equal(out, golden[t].bits, sizeof out);
        }
    }
}

// The weighted error of a matrix after a round trip.
static double round_trip(dtype type, const quantize_source *from) {
    const kernels k = best();
    const dtype_info *info = dtype_of(type);
    size_t row;
    assert_true(blocks_row_bytes(type, from->cols, &row));
    const size_t padded = (from->cols + info->block - 1) / info->block * info->block;
    uint8_t *blocks = malloc(from->rows * row);
    float *all = malloc(padded * sizeof *all), *back = malloc(from->rows * from->cols * 4);
    quantize_rows(&k, NULL, type, from, blocks);
    for (size_t r = 0; r < from->rows; r++) {
        info->to_f32(&k, all, blocks + r * row, padded);
        memcpy(back + r * from->cols, all, from->cols * sizeof *all);
    }
    const quant_compared c = {from->x, back, from->rows, from->cols};
    const double error = quant_error(&c, from->importance);
    free(blocks);
    free(all);
    free(back);
    return error;
}

static void errors_are_no_larger_than_ggmls(void **state) {
    (void)state;
    float x[NUMBERS], theirs[NUMBERS];
    quant_numbers(x, NUMBERS, 2);
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        const quantize_source from = {x, 1, NUMBERS, NULL};
        memcpy(theirs, golden[t].bits, sizeof theirs);
        const quant_compared c = {x, theirs, 1, NUMBERS};
        assert_true(round_trip(golden[t].type, &from) <= quant_error(&c, NULL) * 1.0001);
    }
    uint8_t q8_0[sizeof golden_q8_0]; // of one scale and no search: the very bytes
    const kernels k = best();
    quantize_rows(&k, NULL, DTYPE_Q8_0, &(quantize_source){x, 1, NUMBERS, NULL}, q8_0);
    assert_memory_equal(q8_0, golden_q8_0, sizeof q8_0);
}

// What the types are worth: the root mean square error of normal numbers.
static void errors_are_small(void **state) {
    (void)state;
    static const double most[QUANT_TYPES] = {0.0056, 0.042, 0.072, 0.0180};
    enum { ROWS = 16, COLS = 512 };
    float *x = malloc(ROWS * COLS * sizeof *x);
    quant_numbers(x, ROWS * COLS, 0);
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        const quantize_source from = {x, ROWS, COLS, NULL};
        const double error = round_trip(quant_types[t], &from);
        assert_true(error <= most[t] && error >= most[t] * 0.8);
    }
    free(x);
}

// Importance moves the error to where it counts less.
static void importance_pays(void **state) {
    (void)state;
    enum { ROWS = 16, COLS = 512 };
    float *x = malloc(ROWS * COLS * sizeof *x), importance[COLS];
    quant_numbers(x, ROWS * COLS, 0);
    for (size_t i = 0; i < COLS; i++) importance[i] = i % 8 == 0 ? 10 : 0.1f;
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        if (quant_types[t] == DTYPE_Q8_0) continue;
        const kernels k = best();
        const quantize_source with = {x, ROWS, COLS, importance};
        const size_t bytes =
            ROWS * COLS / dtype_of(quant_types[t])->block * dtype_of(quant_types[t])->block_bytes;
        uint8_t *blocks = malloc(bytes);
        float *back = malloc(ROWS * COLS * sizeof *back);
        quantize_rows(&k, NULL, quant_types[t], &(quantize_source){x, ROWS, COLS, NULL}, blocks);
        dtype_of(quant_types[t])->to_f32(&k, back, blocks, ROWS * COLS);
        const quant_compared plain = {x, back, ROWS, COLS};
        assert_true(round_trip(quant_types[t], &with) < 0.95 * quant_error(&plain, importance));
        free(blocks);
        free(back);
    }
    free(x);
}

// A row that is no whole number of blocks has the blocks of a row that goes on with zeros, which
// weigh nothing.
static void short_rows_are_padded(void **state) {
    (void)state;
    const kernels k = best();
    enum { COLS = 688, PADDED = 768 };
    float x[2 * COLS], padded[2 * PADDED] = {0}, weight[PADDED] = {0};
    quant_numbers(x, 2 * COLS, 0);
    for (size_t i = 0; i < COLS; i++) weight[i] = 1;
    for (size_t r = 0; r < 2; r++) memcpy(padded + r * PADDED, x + r * COLS, COLS * sizeof *x);
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        size_t row, full;
        assert_true(blocks_row_bytes(quant_types[t], COLS, &row));
        assert_true(blocks_row_bytes(quant_types[t], PADDED, &full));
        uint8_t *a = malloc(2 * row), *b = malloc(2 * full);
        quantize_rows(&k, NULL, quant_types[t], &(quantize_source){x, 2, COLS, NULL}, a);
        quantize_rows(&k, NULL, quant_types[t], &(quantize_source){padded, 2, PADDED, weight}, b);
        for (size_t r = 0; r < 2; r++) assert_memory_equal(a + r * row, b + r * full, row);
        free(a);
        free(b);
    }
}

static void bits_depend_on_no_thread_and_no_level(void **state) {
    (void)state;
    enum { ROWS = 37, COLS = 300 };
    float *x = malloc(ROWS * COLS * sizeof *x), importance[COLS];
    quant_numbers(x, ROWS * COLS, 1);
    quant_importance(importance, COLS);
    pool *p;
    axl_error err;
    assert_int_equal(pool_create(&p, 3, &err), AXL_OK);
    const quantize_source from = {x, ROWS, COLS, importance};
    for (size_t t = 0; t < QUANT_TYPES; t++) {
        size_t row;
        assert_true(blocks_row_bytes(quant_types[t], COLS, &row));
        uint8_t *a = malloc(ROWS * row), *b = malloc(ROWS * row);
        const kernels k = best();
        quantize_rows(&k, NULL, quant_types[t], &from, a);
        for (int level = 0; level < KERNEL_LEVELS; level++) {
            kernels other;
            if (!kernels_select((kernel_level)level, &other)) continue;
            memset(b, 0xff, ROWS * row);
            quantize_rows(&other, p, quant_types[t], &from, b);
            assert_memory_equal(a, b, ROWS * row);
        }
        free(a);
        free(b);
    }
    pool_free(p);
    free(x);
}

// Zeros, numbers beyond f16, tiny ones, and columns that nothing depends on.
static void extremes_stay_finite(void **state) {
    (void)state;
    static const float of[] = {0, 1e-38f, 1e-6f, 6e4f, 1e20f, -3e38f};
    const kernels k = best();
    for (size_t t = 0; t < QUANT_TYPES; t++)
        for (size_t i = 0; i < sizeof of / sizeof *of; i++)
            for (int some = 0; some < 3; some++) {
                float x[NUMBERS], back[NUMBERS], none[NUMBERS] = {0};
                uint8_t blocks[2 * NUMBERS];
                for (size_t j = 0; j < NUMBERS; j++)
                    x[j] = some == 1 && j % 3 != 0 ? 0.5f : of[i] * (float)(j % 7 + 1) / 7;
                const quantize_source from = {x, 1, NUMBERS, some == 2 ? none : NULL};
                quantize_rows(&k, NULL, quant_types[t], &from, blocks);
                dtype_of(quant_types[t])->to_f32(&k, back, blocks, NUMBERS);
                for (size_t j = 0; j < NUMBERS; j++) assert_true(isfinite(back[j]));
                if (of[i] == 0 && some != 1)
                    for (size_t j = 0; j < NUMBERS; j++) assert_true(back[j] == 0.0f);
            }
}

static void only_blocks_are_known(void **state) {
    (void)state;
    for (unsigned i = 0; i <= DTYPES; i++)
        assert_true(quantize_knows((dtype)i) == (i < DTYPES && dtype_of((dtype)i)->block > 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_blocks_unpack_to_their_bits),
        cmocka_unit_test(errors_are_no_larger_than_ggmls),
        cmocka_unit_test(errors_are_small),
        cmocka_unit_test(importance_pays),
        cmocka_unit_test(short_rows_are_padded),
        cmocka_unit_test(bits_depend_on_no_thread_and_no_level),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(only_blocks_are_known),
    };
    return cmocka_run_group_tests_name("quantize", tests, NULL, NULL);
}
