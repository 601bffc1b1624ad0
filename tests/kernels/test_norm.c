// RMSNorm against the formula in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

static const float eps = 1e-5f;

static double reference_r(const float *x, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) sum += (double)x[i] * (double)x[i];
    return 1 / sqrt(sum / (double)d + (double)eps);
}

static void forward_case(const kernels *k, room *r, size_t rows, size_t d) {
    rmsnorm_forward_args a = {.rows = rows, .d = d, .eps = eps};
    a.x = room_f32(r, rows * d, 1);
    a.gain = room_f32(r, d, 2);
    a.y = room_out_f32(r, rows * d);
    a.r = room_out_f32(r, rows);
    room_seal(r);
    k->norm->rmsnorm_forward(&a);
    for (size_t row = 0; row < rows; row++) {
        double inverse = reference_r(a.x + row * d, d);
        check_close(inverse, a.r[row], inverse, 16);
        for (size_t i = 0; i < d; i++) {
            double want = (double)a.x[row * d + i] * inverse * (double)a.gain[i];
            check_close(want, a.y[row * d + i], fabs(want), 16);
        }
    }
}

// In place, and without r: the same bits.
static void forward_in_place_case(const kernels *k, room *r, size_t rows, size_t d) {
    rmsnorm_forward_args a = {.rows = rows, .d = d, .eps = eps};
    float *x = room_inout_f32(r, rows * d, 1), *y = room_out_f32(r, rows * d);
    a.gain = room_f32(r, d, 2);
    a.r = room_out_f32(r, rows);
    a.x = x;
    a.y = y;
    room_seal(r);
    k->norm->rmsnorm_forward(&a);
    a.y = x;
    a.r = NULL;
    k->norm->rmsnorm_forward(&a);
    check_equal(y, x, rows * d * sizeof *x);
}

// A row of zeros stays one: eps keeps r finite.
static void zeros_case(const kernels *k, room *r, size_t rows, size_t d) {
    rmsnorm_forward_args a = {.rows = rows, .d = d, .eps = eps};
    float *x = room_input(r, rows * d * sizeof *x, sizeof *x);
    memset(x, 0, rows * d * sizeof *x);
    a.x = x;
    a.gain = room_f32(r, d, 2);
    a.y = room_out_f32(r, rows * d);
    a.r = room_out_f32(r, rows);
    k->norm->rmsnorm_forward(&a);
    for (size_t i = 0; i < rows * d; i++) check_close(0, a.y[i], 0, 0);
    check_close(1 / sqrt((double)eps), a.r[0], 1 / sqrt((double)eps), 4);
}

// What a row adds to dx and dgain, with the sums of absolute values behind it.
typedef struct backward_want {
    double *dx, *dx_scale;       // [rows, d]
    double *dgain, *dgain_scale; // [d]
} backward_want;

static void backward_reference(const rmsnorm_backward_args *a, size_t row, backward_want *want) {
    const float *x = a->x + row * a->d, *dy = a->dy + row * a->d;
    double r = (double)a->r[row], mean = 0, mean_scale = 0;
    for (size_t i = 0; i < a->d; i++) {
        double term = (double)dy[i] * (double)a->gain[i] * (double)x[i];
        mean += term / (double)a->d;
        mean_scale += fabs(term) / (double)a->d;
    }
    for (size_t i = 0; i < a->d; i++) {
        double g = (double)dy[i] * (double)a->gain[i], xi = (double)x[i];
        want->dx[row * a->d + i] += r * g - xi * r * r * r * mean;
        want->dx_scale[row * a->d + i] += fabs(r * g) + fabs(xi * r * r * r) * mean_scale;
        want->dgain[i] += (double)dy[i] * xi * r;
        want->dgain_scale[i] += fabs((double)dy[i] * xi * r);
    }
}

#define MOST (5 * 257)
static void start_from(double *want, double *scale, const float *old, size_t n) {
    for (size_t i = 0; i < n; i++) {
        want[i] = (double)old[i];
        scale[i] = fabs(want[i]);
    }
}

static void backward_case(const kernels *k, room *r, size_t rows, size_t d) {
    static double dx[MOST], dx_scale[MOST], dgain[MOST], dgain_scale[MOST];
    backward_want want = {dx, dx_scale, dgain, dgain_scale};
    rmsnorm_backward_args a = {.rows = rows, .d = d};
    a.x = room_f32(r, rows * d, 1);
    a.gain = room_f32(r, d, 2);
    a.dy = room_f32(r, rows * d, 3);
    a.dx = room_inout_f32(r, rows * d, 4);
    a.dgain = room_inout_f32(r, d, 5);
    float *inverse = room_input(r, rows * sizeof *inverse, sizeof *inverse);
    for (size_t row = 0; row < rows; row++) inverse[row] = (float)reference_r(a.x + row * d, d);
    a.r = inverse;
    room_seal(r);
    start_from(dx, dx_scale, a.dx, rows * d);
    start_from(dgain, dgain_scale, a.dgain, d);
    for (size_t row = 0; row < rows; row++) backward_reference(&a, row, &want);
    k->norm->rmsnorm_backward(&a);
    for (size_t i = 0; i < rows * d; i++) check_close(dx[i], a.dx[i], dx_scale[i], 16);
    for (size_t i = 0; i < d; i++) check_close(dgain[i], a.dgain[i], dgain_scale[i], 16);
}

// ---- normalize: the same without a gain ----

// Half a unit of bf16 beside the errors in f32.
#define HALF_UNITS (0x1p16 + 32)

static void normalize_with(const kernels *k, room *r, normalize_forward_args *a, bool half) {
    const size_t rows = a->rows, d = a->d;
    a->eps = eps;
    a->x = room_f32(r, rows * d, 1);
    a->y = half ? (void *)room_out_u16(r, rows * d) : (void *)room_out_f32(r, rows * d);
    a->r = room_out_f32(r, rows);
    room_seal(r);
    (half ? k->norm->normalize_forward_bf16 : k->norm->normalize_forward)(a);
    for (size_t row = 0; row < rows; row++) {
        double inverse = reference_r(a->x + row * d, d);
        check_close(inverse, a->r[row], inverse, 16);
        for (size_t i = row * d; i < (row + 1) * d; i++) {
            double want = (double)a->x[i] * inverse;
            float got = half ? float_of_bf16(((bf16 *)a->y)[i]) : ((float *)a->y)[i];
            check_close(want, got, fabs(want), half ? HALF_UNITS : 16);
        }
    }
}

static void normalize_case(const kernels *k, room *r, size_t rows, size_t d) {
    normalize_with(k, r, &(normalize_forward_args){.rows = rows, .d = d}, false);
}

static void normalize_bf16_case(const kernels *k, room *r, size_t rows, size_t d) {
    normalize_with(k, r, &(normalize_forward_args){.rows = rows, .d = d}, true);
}

// A gain of 1 gives the same bits, in place and without r too; bf16 is that, rounded once.
static void normalize_same_case(const kernels *k, room *r, size_t rows, size_t d) {
    float *x = room_inout_f32(r, rows * d, 1), *want = room_out_f32(r, rows * d);
    float *gain = room_input(r, d * sizeof *gain, sizeof *gain);
    bf16 *half = room_out_u16(r, rows * d);
    for (size_t i = 0; i < d; i++) gain[i] = 1;
    room_seal(r);
    k->norm->rmsnorm_forward(
        &(rmsnorm_forward_args){.rows = rows, .d = d, .eps = eps, .x = x, .gain = gain, .y = want});
    normalize_forward_args a = {.rows = rows, .d = d, .eps = eps, .x = x, .y = half};
    k->norm->normalize_forward_bf16(&a);
    for (size_t i = 0; i < rows * d; i++) assert_int_equal(half[i], bf16_of(want[i]));
    a.y = x;
    k->norm->normalize_forward(&a);
    check_equal(want, x, rows * d * sizeof *x);
}

static void normalize_backward_with(const kernels *k, room *r, normalize_backward_args *a,
                                    bool half) {
    const size_t rows = a->rows, d = a->d;
    static double y[MOST], dx[MOST], dx_scale[MOST];
    a->y = half ? (const void *)room_bf16(r, rows * d, 1) : (const void *)room_f32(r, rows * d, 1);
    float *inverses = room_input(r, rows * sizeof *inverses, sizeof *inverses);
    for (size_t row = 0; row < rows; row++) inverses[row] = (float)random_at(2, row);
    a->r = inverses;
    a->dy = room_f32(r, rows * d, 3);
    a->dx = room_inout_f32(r, rows * d, 4);
    room_seal(r);
    start_from(dx, dx_scale, a->dx, rows * d);
    for (size_t row = 0; row < rows; row++) {
        double mean = 0, mean_scale = 0, inverse = (double)a->r[row];
        for (size_t i = row * d; i < (row + 1) * d; i++) {
            y[i] =
                (double)(half ? float_of_bf16(((const bf16 *)a->y)[i]) : ((const float *)a->y)[i]);
            mean += (double)a->dy[i] * y[i] / (double)d;
            mean_scale += fabs((double)a->dy[i] * y[i]) / (double)d;
        }
        for (size_t i = row * d; i < (row + 1) * d; i++) {
            dx[i] += inverse * ((double)a->dy[i] - y[i] * mean);
            dx_scale[i] += fabs(inverse * (double)a->dy[i]) + fabs(inverse * y[i]) * mean_scale;
        }
    }
    (half ? k->norm->normalize_backward_bf16 : k->norm->normalize_backward)(a);
    for (size_t i = 0; i < rows * d; i++) check_close(dx[i], a->dx[i], dx_scale[i], 16);
}

static void normalize_backward_case(const kernels *k, room *r, size_t rows, size_t d) {
    normalize_backward_with(k, r, &(normalize_backward_args){.rows = rows, .d = d}, false);
}

static void normalize_backward_bf16_case(const kernels *k, room *r, size_t rows, size_t d) {
    normalize_backward_with(k, r, &(normalize_backward_args){.rows = rows, .d = d}, true);
}

static void test_normalize(void **state) {
    (void)state;
    case_each("normalize", normalize_case);
    case_each_special("normalize", normalize_case);
    case_each("normalize bf16", normalize_bf16_case);
    case_each_special("normalize bf16", normalize_bf16_case);
    case_each("normalize as rmsnorm", normalize_same_case);
}

static void test_normalize_backward(void **state) {
    (void)state;
    case_each("normalize backward", normalize_backward_case);
    case_each_special("normalize backward", normalize_backward_case);
    case_each("normalize backward bf16", normalize_backward_bf16_case);
    case_each_special("normalize backward bf16", normalize_backward_bf16_case);
}

static void test_forward(void **state) {
    (void)state;
    case_each("rmsnorm", forward_case);
    case_each_special("rmsnorm", forward_case);
    case_each("rmsnorm in place", forward_in_place_case);
    case_each_size("rmsnorm of zeros", zeros_case);
}

static void test_backward(void **state) {
    (void)state;
    case_each("rmsnorm backward", backward_case);
    case_each_special("rmsnorm backward", backward_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_forward),
        kernel_test(test_backward),
        kernel_test(test_normalize),
        kernel_test(test_normalize_backward),
    };
    test_family(offsetof(kernels, norm));
    return cmocka_run_group_tests_name("norm", tests, NULL, NULL);
}
