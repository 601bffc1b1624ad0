// Elementwise loops against their formulas in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

// Random numbers times 10: far enough for both ends of a sigmoid.
static void spread(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] *= 10;
}

// ---- SwiGLU ----
static void swiglu_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    const float *a = room_f32(r, n, 1);
    float *b = room_f32(r, n, 2), *y = room_out_f32(r, n);
    spread(b, n);
    room_seal(r);
    k->elementwise->swiglu_forward(y, a, b, n);
    for (size_t i = 0; i < n; i++) {
        double want = (double)a[i] * ((double)b[i] / (1 + exp(-(double)b[i])));
        check_close(want, y[i], fabs(want), 8);
    }
}

static void swiglu_in_place_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    float *a = room_inout_f32(r, n, 1), *b = room_inout_f32(r, n, 2);
    float *y = room_out_f32(r, n), *a2 = room_inout_f32(r, n, 1);
    k->elementwise->swiglu_forward(y, a, b, n);
    k->elementwise->swiglu_forward(a2, a2, b, n);
    check_equal(y, a2, n * sizeof *y);
    k->elementwise->swiglu_forward(b, a, b, n);
    check_equal(y, b, n * sizeof *y);
}

static void swiglu_backward_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    swiglu_backward_args args = {.n = n, .a = room_f32(r, n, 1), .dy = room_f32(r, n, 3)};
    float *b = room_f32(r, n, 2);
    spread(b, n);
    args.b = b;
    args.da = room_out_f32(r, n);
    args.db = room_out_f32(r, n);
    room_seal(r);
    k->elementwise->swiglu_backward(&args);
    for (size_t i = 0; i < n; i++) {
        double x = (double)b[i], s = 1 / (1 + exp(-x)), dy = (double)args.dy[i];
        double da = dy * (x * s), db = dy * (double)args.a[i] * (s + x * s * (1 - s));
        check_close(da, args.da[i], fabs(da), 8);
        check_close(db, args.db[i], fabs(dy * (double)args.a[i]) * (s + fabs(x) * s), 8);
    }
}

// y comes again where it is wanted, and the gradients stay the same; y may be dy.
static void swiglu_backward_again_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    const float *a = room_f32(r, n, 1), *dy = room_f32(r, n, 3);
    float *b = room_f32(r, n, 2), *same = room_inout_f32(r, n, 3);
    spread(b, n);
    float *da = room_out_f32(r, n), *db = room_out_f32(r, n), *y = room_out_f32(r, n);
    float *da2 = room_out_f32(r, n), *db2 = room_out_f32(r, n);
    room_seal(r);
    k->elementwise->swiglu_backward(&(swiglu_backward_args){n, a, b, dy, da, db, y});
    for (size_t i = 0; i < n; i++) {
        double x = (double)b[i], want = (double)a[i] * x / (1 + exp(-x));
        check_close(want, y[i], fabs(want), 8);
    }
    k->elementwise->swiglu_backward(&(swiglu_backward_args){n, a, b, dy, da2, db2, NULL});
    check_equal(da, da2, n * sizeof *da);
    check_equal(db, db2, n * sizeof *db);
    k->elementwise->swiglu_backward(&(swiglu_backward_args){n, a, b, same, da2, db2, same});
    check_equal(da, da2, n * sizeof *da);
    check_equal(db, db2, n * sizeof *db);
    check_equal(y, same, n * sizeof *y);
}

// da may be a or dy, db may be b.
static void swiglu_backward_in_place_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    float *a = room_inout_f32(r, n, 1), *b = room_inout_f32(r, n, 2), *dy = room_inout_f32(r, n, 3);
    float *b2 = room_inout_f32(r, n, 2), *a2 = room_inout_f32(r, n, 1);
    float *da = room_out_f32(r, n), *db = room_out_f32(r, n);
    const elementwise_kernels *e = k->elementwise;
    e->swiglu_backward(&(swiglu_backward_args){n, a, b, dy, da, db, NULL});
    e->swiglu_backward(&(swiglu_backward_args){n, a2, b2, dy, a2, b2, NULL});
    check_equal(da, a2, n * sizeof *da);
    check_equal(db, b2, n * sizeof *da);
    e->swiglu_backward(&(swiglu_backward_args){n, a, b, dy, dy, b, NULL});
    check_equal(da, dy, n * sizeof *da);
    check_equal(db, b, n * sizeof *da);
}

static void test_swiglu(void **state) {
    (void)state;
    case_each_size("swiglu", swiglu_case);
    case_each_special("swiglu", swiglu_case);
    case_each_size("swiglu in place", swiglu_in_place_case);
}

static void test_swiglu_backward(void **state) {
    (void)state;
    case_each_size("swiglu backward", swiglu_backward_case);
    case_each_special("swiglu backward", swiglu_backward_case);
    case_each_size("swiglu backward in place", swiglu_backward_in_place_case);
    case_each_size("swiglu backward again", swiglu_backward_again_case);
}

// ---- scale of channels ----
static void scale_add_case(const kernels *k, room *r, size_t rows, size_t d) {
    scale_add_args a = {
        .rows = rows, .d = d, .x = room_f32(r, rows * d, 1), .s = room_f32(r, d, 2)};
    const float *old = room_f32(r, rows * d, 3);
    a.h = room_inout_f32(r, rows * d, 3);
    memcpy(a.h, old, rows * d * sizeof *old);
    room_seal(r);
    k->elementwise->scale_add(&a);
    for (size_t i = 0; i < rows * d; i++) {
        double term = (double)a.s[i % d] * (double)a.x[i];
        check_close((double)old[i] + term, a.h[i], fabs((double)old[i]) + fabs(term), 2);
    }
}

static void scale_backward_case(const kernels *k, room *r, size_t rows, size_t d) {
    scale_backward_args a = {.rows = rows, .d = d};
    a.x = room_f32(r, rows * d, 1);
    a.s = room_f32(r, d, 2);
    a.dh = room_f32(r, rows * d, 3);
    const float *old = room_f32(r, d, 4);
    a.ds = room_inout_f32(r, d, 4);
    memcpy(a.ds, old, d * sizeof *old);
    a.dx = room_out_f32(r, rows * d);
    room_seal(r);
    k->elementwise->scale_backward(&a);
    for (size_t c = 0; c < d; c++) {
        double want = (double)old[c], scale = fabs(want);
        for (size_t i = c; i < rows * d; i += d) {
            double dx = (double)a.s[c] * (double)a.dh[i], term = (double)a.dh[i] * (double)a.x[i];
            check_close(dx, a.dx[i], fabs(dx), 1);
            want += term;
            scale += fabs(term);
        }
        check_close(want, a.ds[c], scale, 8);
    }
}

static void scale_backward_in_place_case(const kernels *k, room *r, size_t rows, size_t d) {
    float *x = room_inout_f32(r, rows * d, 1), *dh = room_inout_f32(r, rows * d, 3);
    float *dx = room_out_f32(r, rows * d), *x2 = room_inout_f32(r, rows * d, 1);
    float *ds[3] = {room_inout_f32(r, d, 4), room_inout_f32(r, d, 4), room_inout_f32(r, d, 4)};
    const float *s = room_f32(r, d, 2);
    k->elementwise->scale_backward(&(scale_backward_args){rows, d, x, s, dh, dx, ds[0]});
    k->elementwise->scale_backward(&(scale_backward_args){rows, d, x2, s, dh, x2, ds[1]});
    k->elementwise->scale_backward(&(scale_backward_args){rows, d, x, s, dh, dh, ds[2]});
    check_equal(dx, x2, rows * d * sizeof *dx);
    check_equal(dx, dh, rows * d * sizeof *dx);
    check_equal(ds[0], ds[1], d * sizeof *dx);
    check_equal(ds[0], ds[2], d * sizeof *dx);
}

static void test_scale(void **state) {
    (void)state;
    case_each("scale_add", scale_add_case);
    case_each_special("scale_add", scale_add_case);
    case_each("scale_backward", scale_backward_case);
    case_each_special("scale_backward", scale_backward_case);
    case_each("scale_backward in place", scale_backward_in_place_case);
}

// ---- embedding rows ----
#define WORDS 11

static const uint16_t *make_ids(room *r, size_t rows) {
    uint16_t *id = room_input(r, rows * sizeof *id, sizeof *id);
    for (size_t row = 0; row < rows; row++) id[row] = (uint16_t)(row == 0 ? WORDS - 1 : row / 2);
    return id;
}

static void gather_case(const kernels *k, room *r, size_t rows, size_t d) {
    embed_args a = {.rows = rows, .d = d, .id = make_ids(r, rows), .e = room_f32(r, WORDS * d, 1)};
    a.y = room_out_f32(r, rows * d);
    room_seal(r);
    k->elementwise->embed_gather(&a);
    for (size_t row = 0; row < rows; row++)
        check_equal(a.e + a.id[row] * d, a.y + row * d, d * sizeof *a.y);
}

// Two calls share the columns; a word that comes twice gets both rows.
static void scatter_case(const kernels *k, room *r, size_t rows, size_t d) {
    embed_args a = {.rows = rows, .d = d, .id = make_ids(r, rows), .dy = room_f32(r, rows * d, 1)};
    const float *old = room_f32(r, WORDS * d, 2);
    a.de = room_inout_f32(r, WORDS * d, 2);
    memcpy(a.de, old, WORDS * d * sizeof *old);
    a.columns = d / 3;
    room_seal(r);
    k->elementwise->embed_scatter(&a);
    for (size_t i = 0; i < WORDS * d; i++) // the other columns are untouched so far
        if (i % d >= a.columns) check_equal(&old[i], &a.de[i], sizeof *old);
    a.column0 = a.columns;
    a.columns = d - a.column0;
    k->elementwise->embed_scatter(&a);
    for (size_t i = 0; i < WORDS * d; i++) {
        double want = (double)old[i], scale = fabs(want);
        for (size_t row = 0; row < rows; row++) {
            if (a.id[row] != i / d) continue;
            want += (double)a.dy[row * d + i % d];
            scale += fabs((double)a.dy[row * d + i % d]);
        }
        check_close(want, a.de[i], scale, 4);
    }
}

static void test_embed(void **state) {
    (void)state;
    case_each("gather", gather_case);
    case_each_special("gather", gather_case);
    case_each("scatter", scatter_case);
    case_each_special("scatter", scatter_case);
}

// ---- flat ranges ----
static void flat_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    const float s = -0.37f, *x = room_f32(r, n, 1), *old = room_f32(r, n, 2);
    const float *other = room_f32(r, n, 3);
    float *y[4];
    for (int i = 0; i < 4; i++) {
        y[i] = room_inout_f32(r, n, 2);
        memcpy(y[i], old, n * sizeof *old);
    }
    room_seal(r);
    k->elementwise->add(y[0], x, n);
    k->elementwise->scale(y[1], s, n);
    k->elementwise->axpy(y[2], s, x, n);
    k->elementwise->join(y[3], x, other, n);
    for (size_t i = 0; i < n; i++) {
        double a = (double)old[i], b = (double)x[i], sb = (double)s * b;
        check_close(a + b, y[0][i], fabs(a) + fabs(b), 1);
        check_close(a * (double)s, y[1][i], fabs(a), 1);
        check_close(a + sb, y[2][i], fabs(a) + fabs(sb), 2);
        double c = (double)other[i];
        check_close(b + c - a, y[3][i], fabs(a) + fabs(b) + fabs(c), 2);
    }
}

static void sum_squares_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    const float *x = room_f32(r, n, 1);
    room_seal(r);
    double want = 0, got = k->elementwise->sum_squares(x, n);
    for (size_t i = 0; i < n; i++) want += (double)x[i] * (double)x[i];
    check_close(want, got, want, 0x1p-20); // in double: far below a unit of f32
    for (size_t l = 0; l < level_count(); l++) {
        double other = level_at(l)->elementwise->sum_squares(x, n);
        if (want == want) check_equal(&got, &other, sizeof got);
    }
}

// Squares that no f32 holds.
static void test_large_squares(void **state) {
    (void)state;
    const float x[3] = {3e30f, -4e30f, 1e-30f};
    for (size_t l = 0; l < level_count(); l++) {
        double want = (double)x[0] * (double)x[0] + (double)x[1] * (double)x[1];
        case_begin("large squares %s", level_name(l));
        double got = level_at(l)->elementwise->sum_squares(x, 3);
        assert_true(fabs(got - want) <= 1e-14 * want);
        case_end();
    }
}

static void test_flat(void **state) {
    (void)state;
    case_each_size("flat", flat_case);
    case_each_special("flat", flat_case);
    case_each_size("sum_squares", sum_squares_case);
    case_each_special("sum_squares", sum_squares_case);
}

static void test_nothing(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        const elementwise_kernels *e = level_at(l)->elementwise;
        float y = 7;
        e->add(&y, &y, 0);
        e->scale(&y, 2, 0);
        e->axpy(&y, 2, &y, 0);
        e->join(&y, &y, &y, 0);
        e->swiglu_forward(&y, &y, &y, 0);
        assert_true(y == 7.0f);
        assert_true(e->sum_squares(&y, 0) == 0.0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_swiglu),  kernel_test(test_swiglu_backward),
        kernel_test(test_scale),   kernel_test(test_embed),
        kernel_test(test_flat),    kernel_test(test_large_squares),
        kernel_test(test_nothing),
    };
    test_family(offsetof(kernels, elementwise));
    return cmocka_run_group_tests_name("elementwise", tests, NULL, NULL);
}
