// A run from a folder of text to a folder with a model: it ends, it goes on where it stopped, and
// what it went through in between does not show in the weights.
#include "train/run_case.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "model/model_case.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "store/model_dir.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// The parameters in the folder; the caller frees the model.
static stored_model read_model(const char *folder, const kernels *k) {
    axl_error err;
    stored_model m;
    case_ok(model_dir_read(&m, folder, k, &err), &err);
    return m;
}

static void same_weights(const char *a, const char *b, const kernels *k) {
    stored_model x = read_model(a, k), y = read_model(b, k);
    assert_int_equal(x.table.numbers, y.table.numbers);
    assert_memory_equal(x.block, y.block, x.table.numbers * sizeof *x.block);
    stored_model_free(&x);
    stored_model_free(&y);
}

static void same_file(const char *a, const char *b) {
    axl_error err;
    void *x, *y;
    size_t x_bytes, y_bytes;
    case_ok(os_file_read(a, 1 << 20, &x, &x_bytes, &err), &err);
    case_ok(os_file_read(b, 1 << 20, &y, &y_bytes, &err), &err);
    assert_int_equal(x_bytes, y_bytes);
    mem_free(x);
    mem_free(y);
}

static void test_whole(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    bench_open(&b, outs.folder);
    axl_error err;
    run_result result;
    // The folder itself is taken: it holds no run yet.
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_true(result.finished);
    assert_int_equal(result.progress.step, 12);
    assert_int_equal(result.progress.cursor, 24);
    assert_int_equal(result.progress.bytes, 12 * 2 * 32);
    assert_int_equal(b.samples, 1);
    assert_int_equal(b.notes, 0);
    assert_int_equal(b.rows, 4); // every third; the end is one of them
    assert_true(result.eval_bpb > 1 && result.eval_bpb < 12);
    stored_model m = read_model(outs.folder, &b.k);
    stored_model_free(&m);
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "--resume"));
    bench_close(&b);
    scratch_remove(&outs);
}

// Stopped three times and gone on with: the weights of the run that was never stopped.
static void test_resume(void **state) {
    (void)state;
    scratch whole, parts;
    scratch_make(&whole);
    scratch_make(&parts);
    bench b;
    bench_open(&b, whole.folder);
    axl_error err;
    run_result result;
    case_ok(train_run(&b.spec, &result, &err), &err);
    b.spec.out = parts.folder;
    static const size_t stops[] = {4, 2, 5, 0};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        b.spec.resume = i > 0;
        b.stop_at = stops[i];
        b.asked = 0;
        const axl_status status = train_run(&b.spec, &result, &err);
        assert_int_equal(status, stops[i] > 0 ? AXL_INTERRUPTED : AXL_OK);
        assert_int_equal(result.finished, stops[i] == 0);
    }
    assert_int_equal(result.progress.step, 12);
    same_weights(whole.folder, parts.folder, &b.k);
    char a[SCRATCH_PATH_MAX + 16], c[SCRATCH_PATH_MAX + 16];
    snprintf(a, sizeof a, "%s/samples.jsonl", whole.folder);
    snprintf(c, sizeof c, "%s/samples.jsonl", parts.folder);
    same_file(a, c); // the same completion of the same weights
    bench_close(&b);
    scratch_remove(&whole);
    scratch_remove(&parts);
}

static void test_refused(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    bench_open(&b, outs.folder);
    axl_error err;
    run_result result;
    b.spec.resume = true;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_NOT_FOUND);
    assert_int_equal(scratch_count(&outs, ""), 0); // nothing was written
    b.spec.resume = false;
    case_ok(train_run(&b.spec, &result, &err), &err);
    b.spec.resume = true;
    b.spec.settings.batch = 3;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "made with batch 2, not 3"));
    b.spec.settings.batch = 2;
    b.spec.config.d_ff = 11;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "d_ff"));
    b.spec.config.d_ff = 10;
    b.spec.settings.steps = 0;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_ARGUMENT);
    bench_close(&b);
    scratch_remove(&outs);
}

// By bytes and by minutes.
static void test_limits(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/bytes", outs.folder);
    bench_open(&b, out);
    axl_error err;
    run_result result;
    b.spec.settings.steps = 0;
    b.spec.settings.bytes = 300;
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_int_equal(result.progress.bytes, 320); // the step that passes the limit is whole
    snprintf(out, sizeof out, "%s/minutes", outs.folder);
    b.spec.settings.bytes = 0;
    b.spec.settings.minutes = 0.005;
    b.spec.settings.overfit_batch = 1;
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_true(result.finished && result.progress.step > 0);
    assert_int_equal(result.progress.cursor, 0); // always the first batch
    assert_true(result.progress.seconds >= 0.3);
    bench_close(&b);
    scratch_remove(&outs);
}

// The rows of both runs: the same figures, times aside. One was stopped in the middle of what a row
// tells, and once while it looked at held-out text.
static void test_rows(void **state) {
    (void)state;
    scratch whole, parts;
    scratch_make(&whole);
    scratch_make(&parts);
    bench b;
    bench_open(&b, whole.folder);
    axl_error err;
    run_result result;
    b.spec.settings.log_every = 5;
    b.spec.settings.keep_last = 1;
    case_ok(train_run(&b.spec, &result, &err), &err);
    const double train = result.train_bpb, held = result.eval_bpb;
    b.spec.out = parts.folder;
    // Before step 8; too late, in the look after the last step; not at all, when all is done.
    static const size_t stops[] = {8, 6, 0};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        b.spec.resume = i > 0;
        b.stop_at = stops[i];
        b.asked = 0;
        const axl_status status = train_run(&b.spec, &result, &err);
        assert_int_equal(status, i == 0 ? AXL_INTERRUPTED : AXL_OK);
        assert_int_equal(result.progress.step, i == 0 ? 7 : 12);
    }
    assert_true(result.train_bpb == train && result.eval_bpb == held);
    // Finished: nothing is done again, and the figures are those of the log.
    b.rows = 0;
    const size_t files = scratch_count(&parts, "");
    // What a killed process has left goes, even where nothing is written.
    scratch checkpoints;
    snprintf(checkpoints.folder, sizeof checkpoints.folder, "%.400s/checkpoints", parts.folder);
    scratch_text(scratch_path(&parts, ".axl-tmp-00000000-1-2-3"), "litter");
    case_ok(os_folder_make(scratch_path(&checkpoints, ".axl-tmp-00000000-1-2-3"), &err), &err);
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_int_equal(b.rows, 0);
    assert_true(result.finished && result.train_bpb == train && result.eval_bpb == held);
    assert_int_equal(scratch_count(&parts, ""), files);
    assert_int_equal(scratch_count(&checkpoints, ""), 1);
    bench_close(&b);
    scratch_remove(&whole);
    scratch_remove(&parts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_resume),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests_name("train run", tests, NULL, NULL);
}
