// The shapes of the matrix products, their strides, the check of their results, and the peers.
#include "bench/gemm_problem.h"
#include "bench/gemm_shapes.h"
#include "bench/peer_onednn.h"
#include "bench/peer_openblas.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static void the_standard_set_is_that_of_the_bars(void **state) {
    (void)state;
    static const size_t nk[6][2] = {{256, 256},   {688, 256},   {256, 688},
                                    {1024, 1024}, {2752, 1024}, {1024, 2752}};
    assert_int_equal(gemm_shape_count(GEMM_STANDARD), 12);
    for (size_t i = 0; i < 12; i++) {
        gemm_shape s = gemm_shape_at(GEMM_STANDARD, i);
        assert_int_equal(s.m, i % 2 ? 4096 : 1024);
        assert_int_equal(s.n, nk[i / 2][0]);
        assert_int_equal(s.k, nk[i / 2][1]);
        assert_true(s.standard);
    }
}

static bool has(size_t n, size_t k) {
    for (size_t i = 0; i < gemm_shape_count(GEMM_ALL); i++) {
        gemm_shape s = gemm_shape_at(GEMM_ALL, i);
        if (s.n == n && s.k == k) return true;
    }
    return false;
}

static void all_shapes_hold_every_preset(void **state) {
    (void)state;
    static const size_t df[7][2] = {{256, 688}, {1024, 2752}, {96, 256},  {192, 512},
                                    {224, 608}, {288, 768},   {512, 1376}};
    size_t standard = 0;
    for (size_t i = 0; i < gemm_shape_count(GEMM_ALL); i++)
        standard += gemm_shape_at(GEMM_ALL, i).standard;
    assert_int_equal(standard, 12);
    assert_int_equal(gemm_shape_count(GEMM_ALL), 7 * 4 * 2);
    for (size_t i = 0; i < 7; i++) {
        size_t d = df[i][0], f = df[i][1];
        assert_true(has(d, d) && has(f, d) && has(d, f) && has(258, d));
    }
}

// A small layer with numbers that are exact in bf16 too.
enum { M = 5, N = 7, K = 3 };
static float x[M * K], w[N * K], dy[M * N];
static uint16_t x16[M * K], w16[N * K], dy16[M * N];

static void fill(float *f, uint16_t *h, size_t count, unsigned seed) {
    for (size_t i = 0; i < count; i++) {
        f[i] = (float)((i * 37 + seed * 11) % 17) / 16 - 0.5f;
        uint32_t bits;
        memcpy(&bits, &f[i], sizeof bits);
        h[i] = (uint16_t)(bits >> 16);
    }
}

static int set_up(void **state) {
    (void)state;
    fill(x, x16, M * K, 1);
    fill(w, w16, N * K, 2);
    fill(dy, dy16, M * N, 3);
    return 0;
}

static gemm_layer layer_of(bool half) {
    gemm_layer layer = {.bf16 = half, .m = M, .n = N, .k = K, .x = x, .w = w, .dy = dy};
    if (half) layer.x = x16, layer.w = w16, layer.dy = dy16;
    return layer;
}

// The three forms as written in the design.
static void compute(gemm_form form, float *c) {
    for (size_t m = 0; m < M; m++) {
        for (size_t n = 0; n < N; n++) {
            for (size_t k = 0; k < K; k++) {
                if (form == GEMM_FORWARD) c[m * N + n] += x[m * K + k] * w[n * K + k];
                if (form == GEMM_DX) c[m * K + k] += dy[m * N + n] * w[n * K + k];
                if (form == GEMM_DW) c[n * K + k] += dy[m * N + n] * x[m * K + k];
            }
        }
    }
}

static void strides_say_what_the_forms_mean(void **state) {
    (void)state;
    for (int half = 0; half < 2; half++) {
        for (gemm_form form = GEMM_FORWARD; form < GEMM_FORMS; form++) {
            float c[M * N + M * K + N * K] = {0};
            gemm_layer layer = layer_of(half);
            gemm_problem p = gemm_problem_of(&layer, form, c);
            assert_int_equal(p.rows * p.cols * p.depth, M * N * K);
            compute(form, c);
            assert_true(gemm_problem_check(&p) <= gemm_problem_tolerance(&p));
            c[p.rows * p.cols - 1] += 0.01f;
            assert_true(gemm_problem_check(&p) > gemm_problem_tolerance(&p));
            c[0] = NAN;
            assert_true(isinf(gemm_problem_check(&p)));
        }
    }
}

static void differences_are_seen(void **state) {
    (void)state;
    float a[3] = {1, 2, 3}, b[3] = {1, 2.5f, 3};
    assert_true(gemm_difference(a, a, 3) == 0);
    assert_true(gemm_difference(a, b, 3) == 0.5);
    b[2] = NAN;
    assert_true(isinf(gemm_difference(a, b, 3)));
    assert_true(isinf(gemm_difference(b, a, 3)));
}

// Where a peer is installed it must compute the same; where not, it must say why.
static void onednn_computes_or_says_why_not(void **state) {
    (void)state;
    onednn *peer;
    axl_error err = {0};
    if (onednn_open(&peer, 1, &err) != AXL_OK) {
        assert_null(peer);
        assert_true(err.text[0]);
        return;
    }
    char name[64];
    onednn_name(peer, name, sizeof name);
    assert_non_null(strstr(name, "oneDNN 2."));
    for (gemm_form form = GEMM_FORWARD; form < GEMM_FORMS; form++) {
        for (int prepacked = 0; prepacked < 2; prepacked++) {
            float c[M * N + M * K + N * K];
            gemm_layer layer = layer_of(false);
            gemm_problem p = gemm_problem_of(&layer, form, c);
            onednn_job job;
            memset(c, 0xff, sizeof c);
            assert_true(onednn_job_begin(&job, peer, &p, prepacked));
            onednn_job_run(&job);
            onednn_job_end(&job);
            onednn_job_end(&job);
            assert_true(gemm_problem_check(&p) <= gemm_problem_tolerance(&p));
        }
    }
    onednn_close(peer);
}

static void openblas_computes_or_says_why_not(void **state) {
    (void)state;
    openblas peer;
    axl_error err = {0};
    if (openblas_open(&peer, 1, &err) != AXL_OK) {
        assert_true(err.text[0]);
        return;
    }
    for (gemm_form form = GEMM_FORWARD; form < GEMM_FORMS; form++) {
        float c[M * N + M * K + N * K];
        gemm_layer layer = layer_of(false);
        gemm_problem p = gemm_problem_of(&layer, form, c);
        openblas_job job = {.peer = &peer, .problem = &p};
        memset(c, 0, sizeof c);
        openblas_job_run(&job);
        assert_true(gemm_problem_check(&p) <= gemm_problem_tolerance(&p));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standard_set_is_that_of_the_bars),
        cmocka_unit_test(all_shapes_hold_every_preset),
        cmocka_unit_test(strides_say_what_the_forms_mean),
        cmocka_unit_test(differences_are_seen),
        cmocka_unit_test(onednn_computes_or_says_why_not),
        cmocka_unit_test(openblas_computes_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
