// Models in fewer bits through the public interface, with a model of the golden files.
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char model[] = AXL_GOLDEN "/full_groups";
static scratch box;
static char out[SCRATCH_PATH_MAX + 16], text[SCRATCH_PATH_MAX + 16], empty[SCRATCH_PATH_MAX + 16];
static axl_error err;

static int make_files(void **state) {
    (void)state;
    scratch_make(&box);
    snprintf(out, sizeof out, "%s/out.gguf", box.folder);
    snprintf(text, sizeof text, "%s/text", box.folder);
    snprintf(empty, sizeof empty, "%s/empty", box.folder);
    scratch_text(text, "import sys\n\n\ndef main():\n    return sys.argv\n");
    scratch_text(empty, "");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static axl_quantize_options options(void) {
    return (axl_quantize_options){.model = model, .out = out, .force = true, .threads = 2};
}

static axl_quantize_result *make(const axl_quantize_options *o) {
    axl_quantize_result *r = NULL;
    if (axl_quantize(o, &r, &err) != AXL_OK) fail_msg("%s", err.text);
    return r;
}

static void result_holds_together(void **state) {
    (void)state;
    static const char *const types[] = {"q8_0", "q6_k", "q5_0", "q4_k_m", "q4_k_s"};
    static const char *const layouts[] = {"rows", "groups"};
    for (size_t i = 0; i < 2 * COUNT_OF(types); i++) {
        axl_quantize_options o = options();
        o.type = types[i / 2];
        o.layout = layouts[i % 2];
        axl_quantize_result *r = make(&o);
        assert_string_equal(r->type, o.type);
        assert_string_equal(r->layout, o.layout);
        assert_int_equal(r->threads, 2);
        assert_true(r->seconds >= 0 && r->level[0]);
        assert_true(isnan(r->bpb_before) && isnan(r->bpb_after));
        assert_int_equal(r->scored + r->calibrated, 0);
        uint64_t params = 0, bytes = 0;
        for (size_t t = 0; t < r->tensor_count; t++) {
            const axl_quantize_tensor *a = &r->tensors[t];
            params += a->params;
            bytes += a->bytes;
            assert_int_equal(a->params, a->rows * a->cols);
            assert_true(strcmp(a->type, "f32") == 0 ? a->error == 0 : a->error < 0.1);
        }
        assert_int_equal(params, r->params);
        assert_int_equal(bytes, r->bytes_after);
        assert_true(fabs(r->bits - 8 * (double)bytes / (double)params) < 1e-9);
        struct stat info; // the tensors and a table
        assert_int_equal(stat(out, &info), 0);
        assert_true((uint64_t)info.st_size > bytes && (uint64_t)info.st_size < bytes + 32768);
        axl_quantize_free(r);
    }
    axl_quantize_free(NULL);
}

static void a_small_model_lies_in_rows(void **state) {
    (void)state;
    const axl_quantize_options o = options();
    axl_quantize_result *r = make(&o);
    assert_string_equal(r->type, "q4_k_m");
    assert_string_equal(r->layout, "rows");
    axl_quantize_free(r);
}

// The figures of the evaluation are those of the same call by itself.
static void quality_is_measured(void **state) {
    (void)state;
    axl_quantize_options o = options();
    o.calibrate = o.eval = text;
    o.limit = 30;
    axl_quantize_result *r = make(&o);
    assert_int_equal(r->scored, 30);
    assert_int_equal(r->calibrated, 45);
    const char *paths[] = {text};
    axl_eval_bpb_options e = {.paths = paths, .path_count = 1, .limit = 30, .no_compressors = true};
    const double want[] = {r->bpb_before, r->bpb_after};
    for (size_t i = 0; i < 2; i++) {
        axl_eval_bpb_result *scored;
        e.model = i == 0 ? model : out;
        assert_int_equal(axl_eval_bpb(&e, &scored, &err), AXL_OK);
        assert_true(scored->bpb == want[i]);
        axl_eval_bpb_free(scored);
    }
    assert_true(want[0] != want[1]);
    axl_quantize_free(r);
}

static void windows_need_all_bits(void **state) {
    (void)state;
    const axl_quantize_options o = options();
    axl_quantize_free(make(&o));
    const char *paths[] = {text};
    const axl_eval_bpb_options e = {
        .model = out, .paths = paths, .path_count = 1, .strided = true, .no_compressors = true};
    axl_eval_bpb_result *scored;
    assert_int_equal(axl_eval_bpb(&e, &scored, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "strided"));
    assert_non_null(strstr(err.text, "few bits"));
    assert_null(scored);
}

static void refused(axl_quantize_options o, axl_status want, const char *why) {
    axl_quantize_result *r = (axl_quantize_result *)(uintptr_t) "";
    assert_int_equal(axl_quantize(&o, &r, &err), want);
    assert_null(r);
    if (!strstr(err.text, why)) fail_msg("'%s' is not in '%s'", why, err.text);
    assert_int_equal(axl_quantize(&o, &r, NULL), want);
}

// Stops at the work that ctx names.
static int stop(void *ctx, const char *doing, size_t done, size_t total) {
    (void)done;
    (void)total;
    return strcmp(doing, ctx) == 0;
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    axl_quantize_options o = options();
    assert_int_equal(axl_quantize(&o, NULL, &err), AXL_BAD_ARGUMENT);
    o.model = NULL;
    refused(o, AXL_BAD_ARGUMENT, "model");
    o = options(), o.out = NULL;
    refused(o, AXL_BAD_ARGUMENT, "out");
    o = options(), o.type = "q4_km";
    refused(o, AXL_BAD_ARGUMENT, "q4_k_m");
    o = options(), o.layout = "columns";
    refused(o, AXL_BAD_ARGUMENT, "columns");
    o = options(), o.level = "abacus";
    refused(o, AXL_BAD_ARGUMENT, "abacus");
    o = options(), o.model = "/nowhere";
    refused(o, AXL_NOT_FOUND, "/nowhere");
    o = options(), o.calibrate = empty;
    refused(o, AXL_BAD_FILE, "calibrate");
    o = options(), o.calibrate = "/nowhere";
    refused(o, AXL_NOT_FOUND, "/nowhere");
    o = options();
    axl_quantize_free(make(&o));
    o.force = false;
    refused(o, AXL_BAD_ARGUMENT, "--force");
    o = options(), o.model = out;
    refused(o, AXL_BAD_ARGUMENT, "few bits already");
    static const char *const works[] = {"calibrating", "quantising", "bytes scored"};
    for (size_t i = 0; i < COUNT_OF(works); i++) {
        o = options();
        o.calibrate = o.eval = text;
        o.progress = stop;
        o.progress_ctx = (void *)(uintptr_t)works[i];
        refused(o, AXL_INTERRUPTED, "interrupted");
    }
}

static axl_status quantize(void *ctx, axl_error *error) {
    axl_quantize_result *r;
    const axl_status status = axl_quantize(ctx, &r, error);
    axl_quantize_free(r);
    return status;
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    axl_quantize_options o = options();
    o.threads = 1;
    assert_true(for_each_failing_alloc(quantize, &o) > 20);
    o.layout = "groups";
    const size_t plain = for_each_failing_alloc(quantize, &o);
    o.calibrate = text;
    assert_true(for_each_failing_alloc(quantize, &o) > plain + 50); // an importance each matrix
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_holds_together),
        cmocka_unit_test(a_small_model_lies_in_rows),
        cmocka_unit_test(quality_is_measured),
        cmocka_unit_test(windows_need_all_bits),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("api quantize", tests, make_files, remove_files);
}
