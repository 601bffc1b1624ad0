// Optimizer updates against their formulas in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

// A number with the sum of absolute values behind it.
typedef struct sum {
    double value, scale;
} sum;

static sum blend(float beta, double x, double y) {
    double a = (double)beta * x, b = (1 - (double)beta) * y;
    return (sum){a + b, fabs(a) + fabs(b)};
}

static double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

// What the kernels were given and what they left.
typedef struct update_case {
    update_args args;
    const float *w, *v; // before
    const void *m;
    bool half;
} update_case;

#define RATE 0.01f
static update_args hyper(size_t n) {
    return (update_args){.n = n,
                         .g_scale = 0.75f,
                         .rate = RATE,
                         .decay = 0.1f,
                         .beta1 = 0.9f,
                         .beta2 = 0.98f,
                         .eps = 1e-3f,
                         .correction1 = 10,
                         .correction2 = 50};
}

// with_v, and half, which makes m bf16; with_m false leaves m NULL
static update_case make_case(room *r, size_t n, bool with_m, bool half) {
    update_case u = {.args = hyper(n), .half = half};
    float *v = room_f32(r, n, 4);
    for (size_t i = 0; i < n; i++) v[i] = fabsf(v[i]);
    u.v = v;
    u.w = room_f32(r, n, 1);
    u.args.g = room_f32(r, n, 2);
    u.args.w = room_inout_f32(r, n, 1);
    u.args.v = room_inout_f32(r, n, 4);
    memcpy(u.args.w, u.w, n * sizeof *v);
    memcpy(u.args.v, v, n * sizeof *v);
    if (!with_m) return u;
    if (half) {
        u.m = room_bf16(r, n, 3);
        u.args.m = room_inout_bf16(r, n, 3);
    } else {
        u.m = room_f32(r, n, 3);
        u.args.m = room_inout_f32(r, n, 3);
    }
    memcpy(u.args.m, u.m, n * (half ? sizeof(bf16) : sizeof(float)));
    return u;
}

static double old_m(const update_case *u, size_t i) {
    if (!u->m) return 0;
    return (double)(u->half ? float_of_bf16(((const bf16 *)u->m)[i]) : ((const float *)u->m)[i]);
}

static double scaled_g(const update_case *u, size_t i) {
    return (double)u->args.g[i] * (double)u->args.g_scale;
}

// A bf16 of 8 bits is rounded to nearest: off by at most 2^-8 of the power of two below it.
static void check_m(const update_case *u, size_t i, sum m) {
    if (u->half) {
        float got = float_of_bf16(((const bf16 *)u->args.m)[i]);
        int exponent;
        frexp(m.value, &exponent);
        check_close(m.value, got, ldexp(0.5, exponent) + m.scale * 0x1p-14, 0x1p16);
    } else {
        check_close(m.value, ((const float *)u->args.m)[i], m.scale, 4);
    }
}

static void check_w(const update_case *u, size_t i, sum step) {
    double w = (double)u->w[i], decayed = (double)u->args.decay * w;
    double want = w - (double)u->args.rate * (step.value + decayed);
    double scale = fabs(w) + (double)u->args.rate * (step.scale + fabs(decayed));
    check_close(want, u->args.w[i], scale, 8);
    if (!u->args.copy) return;
    bf16 rounded = bf16_of(u->args.w[i]);
    check_equal(&rounded, &u->args.copy[i], sizeof rounded);
}

// Of each kernel: f32 or bf16 momentum, with or without the copy.
static void run(room *r, update_case *u, update_fn *kernel, bool copy) {
    if (copy) u->args.copy = room_out_u16(r, u->args.n);
    room_seal(r);
    kernel(&u->args);
}

static void lion_case(room *r, update_fn *kernel, size_t n, const bool flags[2]) {
    update_case u = make_case(r, n, true, flags[0]);
    run(r, &u, kernel, flags[1]);
    for (size_t i = 0; i < n; i++) {
        sum direction = blend(u.args.beta1, old_m(&u, i), scaled_g(&u, i));
        if (fabs(direction.value) < 1e-6) continue; // rounding may decide the sign
        double s = sign(direction.value);
        check_w(&u, i, (sum){s, fabs(s)});
        check_m(&u, i, blend(u.args.beta2, old_m(&u, i), scaled_g(&u, i)));
    }
    check_equal(u.v, u.args.v, n * sizeof *u.v);
}

static void sgd_case(room *r, update_fn *kernel, size_t n, const bool flags[2]) {
    update_case u = make_case(r, n, true, flags[0]);
    run(r, &u, kernel, flags[1]);
    for (size_t i = 0; i < n; i++) {
        double kept = (double)u.args.beta1 * old_m(&u, i), g = scaled_g(&u, i);
        sum m = {kept + g, fabs(kept) + fabs(g)};
        check_w(&u, i, m);
        check_m(&u, i, m);
    }
    check_equal(u.v, u.args.v, n * sizeof *u.v);
}

static void plain_case(room *r, update_fn *kernel, size_t n, const bool flags[2]) {
    update_case u = make_case(r, n, false, flags[0]);
    run(r, &u, kernel, flags[1]);
    for (size_t i = 0; i < n; i++) check_w(&u, i, (sum){scaled_g(&u, i), fabs(scaled_g(&u, i))});
}

static void adamw_case(room *r, update_fn *kernel, size_t n, const bool flags[2]) {
    update_case u = make_case(r, n, true, flags[0]);
    run(r, &u, kernel, flags[1]);
    for (size_t i = 0; i < n; i++) {
        double g = scaled_g(&u, i);
        sum m = blend(u.args.beta1, old_m(&u, i), g),
            v = blend(u.args.beta2, (double)u.v[i], g * g);
        double root = sqrt(v.value * (double)u.args.correction2) + (double)u.args.eps;
        double factor = (double)u.args.correction1 / root;
        check_m(&u, i, m);
        check_close(v.value, u.args.v[i], v.scale, 4);
        check_w(&u, i, (sum){m.value * factor, m.scale * factor});
    }
}

typedef void variant_fn(room *r, update_fn *kernel, size_t n, const bool flags[2]);
static const bool variants[4][2] = {{false, false}, {true, false}, {false, true}, {true, true}};

// Of make_case: the last of v, w, g, their copies and m, for case_each_special.
#define BUFFERS 6

// All four variants in rooms of their own beside the given one.
static void each_variant(const room *like, update_fn *const kernel[2], variant_fn *check,
                         size_t n) {
    for (int i = 0; i < 4; i++) {
        room r;
        room_open(&r, like->place);
        r.special = like->special;
        check(&r, kernel[variants[i][0]], n, variants[i]);
        room_close(&r);
    }
}

static void lion_each(const kernels *k, room *r, size_t rows, size_t n) {
    each_variant(r, (update_fn *const[]){k->update->lion, k->update->lion_bf16}, lion_case,
                 rows * n);
    r->random = BUFFERS;
}

static void sgd_each(const kernels *k, room *r, size_t rows, size_t n) {
    update_fn *const kernel[] = {k->update->sgd, k->update->sgd_bf16};
    each_variant(r, kernel, sgd_case, rows * n);
    each_variant(r, kernel, plain_case, rows * n);
    r->random = BUFFERS;
}

static void adamw_each(const kernels *k, room *r, size_t rows, size_t n) {
    update_fn *const kernel[] = {k->update->adamw, k->update->adamw_bf16};
    each_variant(r, kernel, adamw_case, rows * n);
    r->random = BUFFERS;
}

static void test_lion(void **state) {
    (void)state;
    case_each_size("lion", lion_each);
    case_each_special("lion", lion_each);
}

static void test_sgd(void **state) {
    (void)state;
    case_each_size("sgd", sgd_each);
    case_each_special("sgd", sgd_each);
}

static void test_adamw(void **state) {
    (void)state;
    case_each_size("adamw", adamw_each);
    case_each_special("adamw", adamw_each);
}

// No momentum and no gradient: Lion's step is 0, not +1 or -1, so the weights only decay.
static void test_lion_rest(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        float w[9], g[9] = {0}, m[9] = {0};
        for (int i = 0; i < 9; i++) w[i] = (float)(i - 4);
        update_args a = hyper(9);
        a.w = w;
        a.g = g;
        a.m = m;
        case_begin("lion at rest %s", level_name(l));
        level_at(l)->update->lion(&a);
        for (int i = 0; i < 9; i++) {
            double old = i - 4;
            check_close(old - (double)a.rate * (double)a.decay * old, w[i], fabs(old), 2);
            check_close(0, m[i], 0, 0);
        }
        case_end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_lion),
        kernel_test(test_sgd),
        kernel_test(test_adamw),
        kernel_test(test_lion_rest),
    };
    test_family(offsetof(kernels, update));
    return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
