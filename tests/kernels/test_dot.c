// Products of few rows against sums in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

#define GAP 3
enum format { F32, BF16, F16, FORMATS };
static const char *const format_names[FORMATS] = {"f32", "bf16", "f16"};

static size_t extent(size_t rows, size_t ld, size_t used) {
    return (rows - 1) * ld + used;
}

static const void *make_weights(room *r, enum format format, size_t n) {
    if (format == F32) return room_f32(r, n, 2);
    return format == BF16 ? (const void *)room_bf16(r, n, 2) : (const void *)room_f16(r, n, 2);
}

static double weight_at(const void *w, enum format format, size_t i) {
    if (format == F32) return (double)((const float *)w)[i];
    uint16_t half = ((const uint16_t *)w)[i];
    return (double)(format == BF16 ? float_of_bf16(half) : float_of_f16(half));
}

static dot_fn *kernel_of(const kernels *k, enum format format) {
    return format == F32 ? k->dot->f32 : format == BF16 ? k->dot->bf16 : k->dot->f16;
}

#define MOST (17 * (257 + GAP))

static void compare(const dot_args *a, enum format format, const float *old) {
    static double w[MOST];
    for (size_t i = 0; i < extent(a->n, a->ldw, a->k); i++) w[i] = weight_at(a->w, format, i);
    for (size_t m = 0; m < a->rows; m++)
        for (size_t n = 0; n < a->n; n++) {
            double want = a->add ? (double)old[m * a->ldy + n] : 0, scale = fabs(want);
            double factor = a->scale ? (double)a->scale[n] : 1, sum = 0;
            for (size_t k = 0; k < a->k; k++) {
                double term = (double)a->x[m * a->ldx + k] * w[n * a->ldw + k];
                sum += term;
                scale += fabs(factor * term);
            }
            want += factor * sum;
            check_close(want, a->y[m * a->ldy + n], scale, 12);
        }
}

static void run_shape(const kernels *k, room *r, dot_args *a, enum format format) {
    a->ldx = a->k + GAP;
    a->ldw = a->k + GAP;
    a->ldy = a->n + GAP;
    const size_t used = extent(a->rows, a->ldy, a->n);
    a->x = room_f32(r, extent(a->rows, a->ldx, a->k), 1);
    a->w = make_weights(r, format, extent(a->n, a->ldw, a->k));
    a->y = room_out_f32(r, used);
    const float *old = room_f32(r, used, 3);
    const float *scale = room_f32(r, a->n, 4);
    if (a->n % 2) a->scale = scale;
    for (size_t m = 0; m < a->rows && a->add; m++)
        memcpy(a->y + m * a->ldy, old + m * a->ldy, a->n * sizeof *old);
    room_seal(r);
    kernel_of(k, format)(a);
    compare(a, format, old);
    for (size_t m = 0; m + 1 < a->rows; m++) check_poison(a->y + m * a->ldy + a->n, GAP);
}

// n is taken as k; the columns go through every block and rest of the kernel.
static void shapes(const kernels *k, room *like, size_t rows, size_t depth) {
    static const size_t columns[] = {1, 5, 8, 17};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (int format = 0; format < FORMATS; format++) {
            room r;
            room_open(&r, like->place);
            r.special = like->special;
            dot_args a = {.rows = rows, .n = columns[c], .k = depth, .add = (c + rows) % 2};
            run_shape(k, &r, &a, (enum format)format);
            room_close(&r);
        }
    like->random = 4; // x, w, what y starts from, and the scale
}

static void test_shapes(void **state) {
    (void)state;
    static const size_t rows[DOT_MAX_ROWS] = {1, 2, 3, 4, 5, 6, 7, 8};
    case_each_rows("dot", shapes, rows, DOT_MAX_ROWS);
    case_each_special("dot", shapes);
}

// A result does not depend on which rows and columns are computed beside it.
static void alone_case(const kernels *k, room *r, size_t rows, size_t depth) {
    enum { N = 21 };
    (void)rows;
    for (int format = 0; format < FORMATS; format++) {
        const float *x = room_f32(r, DOT_MAX_ROWS * depth, 1);
        const char *w = make_weights(r, (enum format)format, N * depth);
        const size_t stride = depth * (format == F32 ? sizeof(float) : sizeof(bf16));
        float *y = room_out_f32(r, DOT_MAX_ROWS * N), one;
        dot_fn *dot = kernel_of(k, (enum format)format);
        dot(&(dot_args){DOT_MAX_ROWS, N, depth, x, depth, w, depth, y, N, false, NULL});
        for (size_t m = 0; m < DOT_MAX_ROWS; m++)
            for (size_t n = 0; n < N; n++) {
                const void *wn = w + n * stride;
                dot(&(dot_args){1, 1, depth, x + m * depth, depth, wn, depth, &one, 1, false,
                                NULL});
                check_equal(&y[m * N + n], &one, sizeof one);
            }
        float lone[N];
        dot(&(dot_args){1, N, depth, x, depth, w, depth, lone, N, false, NULL});
        check_equal(y, lone, sizeof lone);
    }
}

static void test_alone(void **state) {
    (void)state;
    case_each_size("dot alone", alone_case);
}

// Nothing to sum is a sum of 0.
static void test_nothing(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++)
        for (int format = 0; format < FORMATS; format++) {
            float x[1] = {1}, y[2] = {5, 6};
            case_begin("dot of nothing %s %s", level_name(l), format_names[format]);
            dot_fn *dot = kernel_of(level_at(l), (enum format)format);
            dot(&(dot_args){1, 0, 1, x, 1, x, 1, y, 2, false, NULL});
            dot(&(dot_args){1, 2, 0, x, 0, x, 0, y, 2, true, NULL});
            assert_true(y[0] == 5.0f && y[1] == 6.0f);
            dot(&(dot_args){1, 2, 0, x, 0, x, 0, y, 2, false, NULL});
            assert_true(y[0] == 0.0f && y[1] == 0.0f);
            case_end();
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_shapes),
        kernel_test(test_alone),
        kernel_test(test_nothing),
    };
    test_family(offsetof(kernels, dot));
    return cmocka_run_group_tests_name("dot", tests, NULL, NULL);
}
