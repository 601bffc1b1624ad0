// What the gradient checks do not see: optimizer steps, the gradient norm, the rope table, and ops
// at the edges of their shapes.
#include "base/alloc.h"
#include "base/rng.h"
#include "support/unit.h"
#include "tensor/op_attention.h"
#include "tensor/op_cross_entropy.h"
#include "tensor/op_reduce.h"
#include "tensor/op_rmsnorm.h"
#include "tensor/op_rope.h"
#include "tensor/op_update.h"

#include <math.h>
#include <string.h>

enum { N = 40003 }; // three tiles, the last one short

static _Alignas(64) unsigned char scratch[1 << 16];
static float w[N], g[N], m[N], v[N], w0[N], m0[N], v0[N];
static bf16 copy[N];
static exec ex;

// Runs test at every level that runs here.
static void each_level(void (*test)(void)) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        memset(scratch, 0xFF, sizeof scratch);
        ex = (exec){.k = &k, .scratch = scratch, .scratch_bytes = sizeof scratch};
        test();
    }
}

static double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static const op_update rules[] = {
    {.rule = OP_UPDATE_LION, .g_scale = 0.5f, .rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f},
    {.rule = OP_UPDATE_SGD, .g_scale = 2, .rate = 0.1f, .beta1 = 0.9f},
    {.rule = OP_UPDATE_ADAMW,
     .g_scale = 0.5f,
     .rate = 0.01f,
     .beta1 = 0.9f,
     .beta2 = 0.999f,
     .eps = 1e-6f,
     .step = 5},
};

static double stepped(const op_update *a, double decay, size_t i) {
    const double grad = (double)g[i] * (double)a->g_scale, b1 = (double)a->beta1;
    const double mixed = b1 * (double)m0[i] + (1 - b1) * grad;
    double u = 0;
    if (a->rule == OP_UPDATE_LION) u = sign(mixed);
    if (a->rule == OP_UPDATE_SGD) u = b1 * (double)m0[i] + grad;
    if (a->rule == OP_UPDATE_ADAMW) {
        const double b2 = (double)a->beta2, second = b2 * (double)v0[i] + (1 - b2) * grad * grad;
        const double root = sqrt(second / (1 - pow(b2, (double)a->step)));
        u = mixed / (1 - pow(b1, (double)a->step)) / (root + (double)a->eps);
    }
    return (double)w0[i] - (double)a->rate * (u + decay * (double)w0[i]);
}

static void steps_are_right(void) {
    for (size_t r = 0; r < COUNT_OF(rules); r++) {
        rng_fill_normal(rng_key(1, r), 0, w0, N);
        rng_fill_normal(rng_key(2, r), 0, g, N);
        rng_fill_normal(rng_key(3, r), 0, m0, N);
        rng_fill_uniform(rng_key(4, r), 0, v0, N);
        memcpy(w, w0, sizeof w);
        memcpy(m, m0, sizeof m);
        memcpy(v, v0, sizeof v);
        const op_update_tensor e = {
            .w = view_f32(w, 1, N),
            .g = view_f32(g, 1, N),
            .m = view_f32(m, 1, N),
            .v = view_f32(v, 1, N),
            .copy = {.data = copy, .type = DTYPE_BF16, .shape = SHAPE(N), .stride = {1}},
            .decay = 0.25f,
        };
        op_update a = rules[r];
        axl_error err;
        a.list = &e;
        a.count = 1;
        ex.scratch_bytes = op_update_scratch(1);
        assert_int_equal(op_update_step(&ex, &a, &err), AXL_OK);
        for (size_t i = 0; i < N; i++) {
            const double want = stepped(&a, (double)e.decay, i), got = (double)w[i];
            if (!(fabs(got - want) <= 1e-6 * (1 + fabs(want)))) {
                fail_msg("rule %zu at %zu: %.9g, expected %.9g", r, i, got, want);
            }
        }
        assert_memory_not_equal(m, m0, sizeof m);
        float back[N];
        ex.k->convert->bf16_to_f32(back, copy, N);
        for (size_t i = 0; i < N; i++) assert_true(fabsf(back[i] - w[i]) <= fabsf(w[i]) / 256);
    }
}

static void norm_is_right(void) {
    rng_fill_normal(rng_key(5, 5), 0, g, N);
    rng_fill_normal(rng_key(6, 6), 0, w, N);
    const view list[] = {view_f32(g, 1, N), view_f32(w, 0, 5), view_f32(w, 201, 199)};
    double want = 0, norm = -1;
    for (size_t i = 0; i < N; i++) want += (double)g[i] * (double)g[i];
    for (size_t i = 0; i < 201 * 199; i++) want += (double)w[i] * (double)w[i];
    ex.scratch_bytes = op_reduce_norm_scratch(list, 3);
    assert_int_equal(op_reduce_norm(&ex, list, 3, &norm, NULL), AXL_OK);
    assert_true(fabs(norm - sqrt(want)) <= 1e-12 * norm);
    assert_int_equal(op_reduce_norm(&ex, list, 0, &norm, NULL), AXL_OK);
    assert_true(norm == 0);
    g[N - 1] = NAN;
    assert_int_equal(op_reduce_norm(&ex, list, 3, &norm, NULL), AXL_OK);
    assert_true(isnan(norm));
    g[N - 1] = INFINITY;
    assert_int_equal(op_reduce_norm(&ex, list, 3, &norm, NULL), AXL_OK);
    assert_true(isinf(norm));
}

static void no_rows_are_no_work(void) {
    axl_error err;
    op_rmsnorm a = {.eps = 1, .x = view_f32(w, 0, 5), .gain = view_f32(g, 1, 5)};
    a.y = a.dy = a.dx = a.x;
    a.r = view_f32(w, 1, 0);
    a.dgain = a.gain;
    g[0] = 3;
    assert_int_equal(op_rmsnorm_forward(&ex, &a, &err), AXL_OK);
    assert_int_equal(op_rmsnorm_backward(&ex, &a, &err), AXL_OK);
    assert_true(g[0] == 3);
    double sum = -1;
    const op_cross_entropy c = {view_f32(w, 0, 5), NULL, 1, view_f32(w, 1, 0), &sum};
    assert_int_equal(op_cross_entropy_gradient(&ex, &c, &err), AXL_OK);
    assert_true(sum == 0);
}

// Without keys all weight is on the null key; without a null key either, the output is zero.
static void attention_without_keys(void) {
    static const uint32_t visible[3] = {0, 0, 0};
    static float q[12], o[12], kv[12], rows[12];
    axl_error err;
    op_attention a = {.sizes = {1, 2, 2, 3, 0, true}, .scale = 1, .visible = visible};
    rng_fill_normal(rng_key(7, 7), 0, q, 12);
    rng_fill_normal(rng_key(8, 8), 0, kv, 12);
    memset(o, 0xFF, sizeof o);
    a.q = view_f32(q, 3, 4);
    a.o = view_f32(o, 3, 4);
    a.k = a.v = view_f32(kv, 0, 4);
    a.null_k = view_f32(kv, 2, 2);
    a.null_v = view_f32(kv + 4, 2, 2);
    a.row_max = view_f32(rows, 2, 3);
    a.row_sum = view_f32(rows + 6, 2, 3);
    assert_int_equal(op_attention_forward(&ex, &a, &err), AXL_OK);
    for (size_t i = 0; i < 12; i++) assert_true(fabsf(o[i] - kv[4 + i % 4]) <= 1e-6f);
    a.sizes.null_key = false;
    a.null_k.data = a.null_v.data = NULL;
    assert_int_equal(op_attention_forward(&ex, &a, &err), AXL_OK);
    for (size_t i = 0; i < 12; i++) assert_true(o[i] == 0);
}

static void optimizer_steps(void **state) {
    (void)state;
    each_level(steps_are_right);
}

static void gradient_norm(void **state) {
    (void)state;
    each_level(norm_is_right);
}

static void edges(void **state) {
    (void)state;
    each_level(no_rows_are_no_work);
    each_level(attention_without_keys);
}

// Against the C library, whose results are good to a few times 1e-16, at near and far positions.
static void check_table(double theta, size_t positions, size_t size) {
    size_t bytes;
    assert_int_equal(rope_table_bytes(positions, size, &bytes, NULL), AXL_OK);
    assert_int_equal(bytes, 2 * positions * size * sizeof(float));
    float *memory = mem_alloc(bytes);
    assert_non_null(memory);
    rope_table t = {.positions = positions, .head_size = size};
    assert_int_equal(rope_table_fill(&t, memory, theta, NULL), AXL_OK);
    double worst = 0;
    for (size_t p = 0; p < positions; p++) {
        for (size_t i = 0; i < size; i++) {
            const double angle = (double)p * pow(theta, -(double)(i / 2 * 2) / (double)size);
            const double s = i % 2 ? sin(angle) : -sin(angle);
            worst = fmax(worst, fabs((double)t.cosines[p * size + i] - cos(angle)));
            worst = fmax(worst, fabs((double)t.sines[p * size + i] - s));
        }
    }
    assert_true(worst <= 0x1p-25 + 1e-15 * (double)positions); // half a unit of f32 at 1
    mem_free(memory);
}

static void rope_tables(void **state) {
    (void)state;
    check_table(10000, 5003, 6);
    check_table(10000, 300, 64);
    check_table(1e6, 300, 128);
    check_table(1, 100, 2);
    check_table(500000, ROPE_TABLE_POSITIONS, 2);
    check_table(1.5, ROPE_TABLE_POSITIONS / 4, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizer_steps),
        cmocka_unit_test(gradient_norm),
        cmocka_unit_test(edges),
        cmocka_unit_test(rope_tables),
    };
    return cmocka_run_group_tests_name("ops_values", tests, NULL, NULL);
}
