// Softmax and cross-entropy against their formulas in double precision.
#include "kernels/harness.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MOST 300

// p = softmax(z * factor); returns log(sum exp(z * factor))
static double softmax_reference(double *p, const float *z, double factor, size_t n) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, (double)z[i] * factor);
    for (size_t i = 0; i < n; i++) sum += p[i] = exp((double)z[i] * factor - most);
    for (size_t i = 0; i < n; i++) p[i] /= sum;
    return most + log(sum);
}

static void spread(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] *= 12;
}

// The scale of p = exp(-x) / sum: the rounding of x counts as x times p.
static double scale_of(double p) {
    return p * (1 + fmin(fabs(log(p)), 110));
}

static void compare_softmax(const float *got, const float *z, double factor, size_t n) {
    double p[MOST];
    softmax_reference(p, z, factor, n);
    for (size_t i = 0; i < n; i++) check_close(p[i], got[i], scale_of(p[i]), 8);
}

static void softmax_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    float *z = room_f32(r, n, 1), *x = room_inout_f32(r, n, 1);
    spread(z, n);
    const float factors[] = {1, 0.3f, -0.7f};
    room_seal(r);
    for (int f = 0; f < 3; f++) {
        memcpy(x, z, n * sizeof *x);
        k->loss->softmax(x, factors[f], n);
        compare_softmax(x, z, (double)factors[f], n);
    }
}

// Every entry must be used: entry i of the row is the only one above -infinity, or far above.
static void alone_case(const kernels *k, room *r, size_t rows, size_t n) {
    (void)rows;
    float *x = room_inout_f32(r, n, 1);
    for (size_t one = 0; one < n; one++) {
        for (size_t i = 0; i < n; i++) x[i] = i == one ? -5.0f : -INFINITY;
        k->loss->softmax(x, 1, n);
        for (size_t i = 0; i < n; i++) check_close(i == one, x[i], 0, 0);
        for (size_t i = 0; i < n; i++) x[i] = i == one ? FLT_MAX : -FLT_MAX;
        k->loss->softmax(x, 1, n);
        for (size_t i = 0; i < n; i++) check_close(i == one, x[i], 0, 0);
    }
}

static void extremes_case(const kernels *k, room *r, size_t rows, size_t n) {
    (void)rows;
    float *x = room_inout_f32(r, n, 1);
    for (size_t i = 0; i < n; i++) x[i] = -1e30f;
    k->loss->softmax(x, 1, n);
    for (size_t i = 0; i < n; i++) check_close(1 / (double)n, x[i], 1 / (double)n, 8);
    for (size_t i = 0; i < n; i++) x[i] = -INFINITY; // 0 / 0
    k->loss->softmax(x, 1, n);
    for (size_t i = 0; i < n; i++) check_nan(x[i]);
}

static void test_softmax(void **state) {
    (void)state;
    case_each_size("softmax", softmax_case);
    case_each_special("softmax", softmax_case);
    case_each_size("softmax of one", alone_case);
    case_each_size("softmax of extremes", extremes_case);
}

// ---- cross-entropy ----
#define GAP 2

static uint16_t target_of(size_t row, size_t n) {
    return row == 1 ? LOSS_IGNORE : (uint16_t)((row * 31 + n / 2) % n);
}

static cross_entropy_args make_args(room *r, size_t rows, size_t n) {
    cross_entropy_args a = {.rows = rows, .n = n, .ldz = n + GAP, .weight = 0.125f};
    uint16_t *target = room_input(r, rows * sizeof *target, sizeof *target);
    for (size_t row = 0; row < rows; row++) target[row] = target_of(row, n);
    a.target = target;
    a.loss = room_out_f32(r, rows);
    return a;
}

static double compare_loss(const cross_entropy_args *a, const float *z, size_t row, double *p) {
    const uint16_t target = a->target[row];
    double whole = softmax_reference(p, z, 1, a->n);
    if (target == LOSS_IGNORE) {
        check_close(0, a->loss[row], 0, 0);
        return 0;
    }
    double aimed = (double)z[target];
    check_close(whole - aimed, a->loss[row], 1 + log((double)a->n) + fabs(whole - aimed), 8);
    return (double)a->weight;
}

static void cross_entropy_case(const kernels *k, room *r, size_t rows, size_t n) {
    cross_entropy_args a = make_args(r, rows, n);
    const size_t extent = (rows - 1) * a.ldz + n;
    float *z = room_f32(r, extent, 1);
    spread(z, extent);
    a.z = room_out_f32(r, extent);
    for (size_t row = 0; row < rows; row++)
        memcpy(a.z + row * a.ldz, z + row * a.ldz, n * sizeof *z);
    room_seal(r);
    k->loss->cross_entropy(&a);
    for (size_t row = 0; row < rows; row++) {
        double p[MOST];
        const float *zr = z + row * a.ldz, *got = a.z + row * a.ldz;
        double weight = compare_loss(&a, zr, row, p);
        for (size_t i = 0; i < n; i++) {
            double hot = i == a.target[row];
            double want = weight == 0 ? 0 : weight * (p[i] - hot);
            check_close(want, got[i], weight * (scale_of(p[i]) + hot), 8);
        }
        if (row + 1 < rows) check_poison(got + n, GAP);
    }
}

// The loss alone: the same bits, and the logits stay.
static void loss_only_case(const kernels *k, room *r, size_t rows, size_t n) {
    cross_entropy_args a = make_args(r, rows, n);
    const size_t extent = (rows - 1) * a.ldz + n;
    float *kept = room_f32(r, extent, 1), *loss = room_out_f32(r, rows);
    spread(kept, extent);
    a.z = room_inout_f32(r, extent, 1);
    memcpy(a.z, kept, extent * sizeof *kept);
    room_seal(r);
    k->loss->cross_entropy_only(&a);
    check_equal(kept, a.z, extent * sizeof *kept);
    for (size_t row = 0; row < rows; row++) {
        double p[MOST];
        compare_loss(&a, kept + row * a.ldz, row, p);
    }
    memcpy(loss, a.loss, rows * sizeof *loss);
    k->loss->cross_entropy(&a);
    for (size_t row = 0; row < rows; row++)
        if (loss[row] == loss[row]) check_equal(&loss[row], &a.loss[row], sizeof *loss);
}

// An ignored row full of NaN takes no part; a row that is certain has no loss.
static void certain_case(const kernels *k, room *r, size_t rows, size_t n) {
    cross_entropy_args a = {.rows = rows, .n = n, .ldz = n, .weight = 2};
    uint16_t *target = room_input(r, rows * sizeof *target, sizeof *target);
    a.z = room_out_f32(r, rows * n);
    for (size_t row = 0; row < rows; row++) {
        target[row] = row == 0 ? (uint16_t)(n - 1) : LOSS_IGNORE;
        for (size_t i = 0; i < n; i++) a.z[row * n + i] = row ? NAN : i == n - 1 ? 1e4f : -INFINITY;
    }
    a.target = target;
    a.loss = room_out_f32(r, rows);
    k->loss->cross_entropy(&a);
    for (size_t row = 0; row < rows; row++) check_close(0, a.loss[row], 0, 0);
    for (size_t i = 0; i < rows * n; i++) check_close(0, a.z[i], 0, 0);
}

// Wrong and certain of it: the loss is the distance, exactly.
static void test_wrong(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        float z[9], loss;
        const uint16_t target = 8;
        for (int i = 0; i < 9; i++) z[i] = i == 3 ? 1e6f : -2e6f;
        case_begin("wrong %s", level_name(l));
        cross_entropy_args a = {1, 9, z, 9, &target, 1, &loss};
        level_at(l)->loss->cross_entropy(&a);
        check_close(3e6, loss, 0, 0);
        for (int i = 0; i < 9; i++) check_close((i == 3) - (i == 8), z[i], 0, 0);
        case_end();
    }
}

static void test_cross_entropy(void **state) {
    (void)state;
    case_each("cross_entropy", cross_entropy_case);
    case_each_special("cross_entropy", cross_entropy_case);
    case_each("cross_entropy certain", certain_case);
}

static void test_loss_only(void **state) {
    (void)state;
    case_each("cross_entropy_only", loss_only_case);
    case_each_special("cross_entropy_only", loss_only_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_softmax),
        kernel_test(test_cross_entropy),
        kernel_test(test_loss_only),
        kernel_test(test_wrong),
    };
    test_family(offsetof(kernels, loss));
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
