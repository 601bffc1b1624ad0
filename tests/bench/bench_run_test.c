// The benchmarks through the public interface: what they fill in, how they stop, what they refuse,
// and every allocation failing. Speeds are never judged.
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <math.h>
#include <string.h>

static const axl_bench_options quick = {.quick = true, .threads = 2};

static void check_rate(const axl_bench_rate *rate) {
    assert_true(rate->median > 0 && isfinite(rate->median));
    assert_true(rate->min <= rate->median && rate->median <= rate->max);
}

static void peak_fills_every_row(void **state) {
    (void)state;
    axl_bench_peak_result r;
    assert_int_equal(axl_bench_peak(&quick, &r, NULL), AXL_OK);
    assert_int_equal(r.threads, 2);
    for (size_t i = 0; i < AXL_BENCH_PEAK_ITEMS; i++) {
        assert_non_null(r.rows[i].name);
        assert_non_null(r.rows[i].unit);
        assert_non_null(r.rows[i].how);
        assert_true((r.rows[i].bytes > 0) == (i >= AXL_BENCH_L2_READ));
        check_rate(&r.rows[i].one);
        check_rate(&r.rows[i].all);
    }
}

static void the_f32_peak_alone_is_a_rate(void **state) {
    (void)state;
    axl_bench_f32_result r;
    assert_int_equal(axl_bench_peak_f32(&quick, &r, NULL), AXL_OK);
    assert_int_equal(r.threads, 2);
    assert_non_null(r.level);
    check_rate(&r.all);
    assert_int_equal(axl_bench_peak_f32(&quick, NULL, NULL), AXL_BAD_ARGUMENT);
}

static void gemm_fills_every_row(void **state) {
    (void)state;
    const axl_bench_gemm_options options = {.common = quick, .no_peers = true};
    axl_bench_gemm_result *r;
    assert_int_equal(axl_bench_gemm(&options, &r, NULL), AXL_OK);
    assert_int_equal(r->row_count, 2 * 2 * 3);
    assert_true(r->peak_f32 > 0 && r->peak_bf16 > 0);
    for (size_t i = 0; i < r->row_count; i++) {
        const axl_bench_gemm_row *row = &r->rows[i];
        assert_true(row->gflops > 0 && row->share > 0 && isfinite(row->share));
        assert_true((row->prepacked_share > 0) == (row->prepacked > 0));
        // The gradient of a weight has no weight to pack beforehand.
        assert_true((row->prepacked > 0) == (strcmp(row->form, "dW") != 0));
        assert_true(row->onednn == 0 && row->onednn_prepacked == 0 && row->openblas == 0);
        assert_true(row->vs_onednn == 0 && row->vs_onednn_prepacked == 0 && row->vs_openblas == 0);
    }
    assert_true(r->f32.worst <= r->f32.share && r->bf16.worst <= r->bf16.share);
    assert_true(r->f32.vs_onednn == 0 && r->f32.vs_openblas == 0);
    axl_bench_gemm_free(r);
    axl_bench_gemm_free(NULL);
}

static void kernels_fill_every_row(void **state) {
    (void)state;
    axl_bench_kernels_result r;
    assert_int_equal(axl_bench_kernels(&quick, &r, NULL), AXL_OK);
    assert_true(r.dispatch_us > 0 && r.handoff_us > 0);
    assert_true(r.attention.share > 0 && r.attention.forward > 0 && r.attention.backward > 0);
    assert_in_range(r.row_count, 20, AXL_BENCH_KERNELS_MAX);
    for (size_t i = 0; i < r.row_count; i++) {
        assert_non_null(r.rows[i].name);
        assert_true(r.rows[i].bytes > 0 && r.rows[i].gbytes > 0 && r.rows[i].copy > 0);
        for (size_t j = 0; j < i; j++) assert_string_not_equal(r.rows[i].name, r.rows[j].name);
    }
}

typedef struct stopper {
    size_t steps, stop_at, last_total;
} stopper;

static int stop(void *ctx, const char *what, size_t done, size_t total) {
    stopper *s = ctx;
    assert_non_null(what);
    assert_int_equal(done, s->steps);
    assert_true(done < total);
    s->last_total = total;
    return s->steps++ == s->stop_at;
}

static void a_caller_can_stop(void **state) {
    (void)state;
    stopper s = {.stop_at = 1};
    axl_bench_gemm_options options = {.common = quick, .no_peers = true};
    options.common.progress = stop;
    options.common.progress_ctx = &s;
    axl_error err = {0};
    axl_bench_peak_result peak;
    assert_int_equal(axl_bench_peak(&options.common, &peak, &err), AXL_INTERRUPTED);
    assert_int_equal(s.steps, 2);
    s = (stopper){.stop_at = 0};
    axl_bench_f32_result f32;
    assert_int_equal(axl_bench_peak_f32(&options.common, &f32, &err), AXL_INTERRUPTED);
    s = (stopper){.stop_at = 3};
    axl_bench_gemm_result *gemm = (axl_bench_gemm_result *)&s; // must be cleared
    assert_int_equal(axl_bench_gemm(&options, &gemm, &err), AXL_INTERRUPTED);
    assert_null(gemm);
    assert_true(err.text[0]);
    s = (stopper){.stop_at = SIZE_MAX};
    assert_int_equal(axl_bench_peak(&options.common, &peak, &err), AXL_OK);
    assert_int_equal(s.steps, s.last_total);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    axl_error err = {0};
    axl_bench_peak_result r;
    axl_bench_options options = {.level = "avx513"};
    assert_int_equal(axl_bench_peak(&options, &r, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "avx512"));
    options = (axl_bench_options){.threads = 100000};
    assert_int_equal(axl_bench_peak(&options, &r, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "100000"));
    assert_int_equal(axl_bench_peak(&quick, NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_bench_kernels(&quick, NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_bench_gemm(NULL, NULL, &err), AXL_BAD_ARGUMENT);
}

static axl_status run_peak(void *ctx, axl_error *err) {
    (void)ctx;
    axl_bench_peak_result r;
    return axl_bench_peak(&quick, &r, err);
}

static axl_status run_kernels(void *ctx, axl_error *err) {
    (void)ctx;
    axl_bench_kernels_result r;
    return axl_bench_kernels(&quick, &r, err);
}

// Stops at the second row: the rows differ in nothing but their sizes.
static axl_status run_gemm(void *ctx, axl_error *err) {
    (void)ctx;
    stopper s = {.stop_at = 1};
    axl_bench_gemm_options options = {.common = quick, .no_peers = true};
    options.common.progress = stop;
    options.common.progress_ctx = &s;
    axl_bench_gemm_result *r;
    axl_status status = axl_bench_gemm(&options, &r, err);
    assert_null(r);
    return status == AXL_INTERRUPTED ? AXL_OK : status;
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(run_peak, NULL) >= 2);
    assert_true(for_each_failing_alloc(run_kernels, NULL) >= 3);
    assert_true(for_each_failing_alloc(run_gemm, NULL) >= 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peak_fills_every_row),     cmocka_unit_test(the_f32_peak_alone_is_a_rate),
        cmocka_unit_test(gemm_fills_every_row),     cmocka_unit_test(kernels_fill_every_row),
        cmocka_unit_test(a_caller_can_stop),        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
