// Bits per byte through the public interface, with a model of the golden files.
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char model[] = AXL_GOLDEN "/full_groups";
static scratch box;
static char names[3][SCRATCH_PATH_MAX];
static const char *const paths[3] = {names[0], names[1], names[2]};

static int make_files(void **state) {
    (void)state;
    static const char *const text[3] = {"", "import sys\n\n\ndef main():\n    return sys.argv\n",
                                        "x"};
    scratch_make(&box);
    for (size_t i = 0; i < 3; i++) {
        const char name[2] = {(char)('a' + i), '\0'};
        snprintf(names[i], sizeof names[i], "%s", scratch_path(&box, name));
        scratch_text(names[i], text[i]);
    }
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static axl_eval_bpb_options options(void) {
    return (axl_eval_bpb_options){.model = model, .paths = paths, .path_count = 3, .threads = 2};
}

static void result_holds_together(void **state) {
    (void)state;
    axl_eval_bpb_options o = options();
    axl_eval_bpb_result *r;
    axl_error err;
    assert_int_equal(axl_eval_bpb(&o, &r, &err), AXL_OK);
    assert_int_equal(r->file_count, 3);
    assert_int_equal(r->context, 32);
    assert_int_equal(r->threads, 2);
    assert_true(r->seconds > 0 && r->bytes_per_s > 0 && r->level[0]);
    double bits = 0, gzip = 0, xz = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        const axl_eval_bpb_file *f = &r->files[i];
        assert_string_equal(f->path, names[i]);
        bytes += f->bytes;
        if (f->bytes == 0) {
            assert_true(isnan(f->bpb) && isnan(f->gzip_bpb) && isnan(f->xz_bpb));
            continue;
        }
        bits += f->bpb * (double)f->bytes;
        gzip += f->gzip_bpb * (double)f->bytes;
        xz += f->xz_bpb * (double)f->bytes;
    }
    assert_int_equal(r->bytes, bytes);
    const double n = (double)bytes;
    assert_true(fabs(r->bpb - bits / n) <= 1e-12 * r->bpb);
    assert_true(fabs(r->ppl - pow(2, r->bpb)) <= 1e-9 * r->ppl);
    assert_string_equal(r->gzip.missing, "");
    assert_true(fabs(r->gzip.each_bpb - gzip / n) <= 1e-9 * r->gzip.each_bpb);
    assert_true(r->gzip.joined_bpb < r->gzip.each_bpb);
    if (r->xz.missing[0]) {
        assert_true(isnan(r->xz.each_bpb) && isnan(r->xz.joined_bpb));
    } else {
        assert_true(fabs(r->xz.each_bpb - xz / n) <= 1e-9 * r->xz.each_bpb);
        assert_true(r->xz.joined_bpb < r->xz.each_bpb);
    }
    axl_eval_bpb_free(r);
    axl_eval_bpb_free(NULL);
}

static void options_count(void **state) {
    (void)state;
    axl_eval_bpb_options o = options();
    axl_eval_bpb_result *all, *less, *strided;
    o.no_compressors = true;
    assert_int_equal(axl_eval_bpb(&o, &all, NULL), AXL_OK);
    assert_true(isnan(all->gzip.joined_bpb) && isnan(all->xz.each_bpb) && all->xz.missing[0]);
    o.strided = true;
    assert_int_equal(axl_eval_bpb(&o, &strided, NULL), AXL_OK);
    assert_true(strided->files[1].bpb != all->files[1].bpb); // longer than the context
    assert_true(fabs(strided->files[2].bpb - all->files[2].bpb) <= 1e-5 * all->files[2].bpb);
    o.strided = false;
    o.limit = 5;
    assert_int_equal(axl_eval_bpb(&o, &less, NULL), AXL_OK);
    assert_int_equal(less->bytes, 6);
    assert_int_equal(less->files[1].bytes, 5);
    axl_eval_bpb_free(all);
    axl_eval_bpb_free(less);
    axl_eval_bpb_free(strided);
}

static void refused(axl_eval_bpb_options o, axl_status want, const char *text) {
    axl_error err = {0};
    axl_eval_bpb_result *r = (axl_eval_bpb_result *)&err;
    assert_int_equal(axl_eval_bpb(&o, &r, &err), want);
    assert_null(r);
    assert_non_null(strstr(err.text, text));
}

static int stop(void *ctx, const char *what, size_t done, size_t total) {
    const char *at = ctx;
    assert_true(done < total);
    return strstr(what, at) != NULL;
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    axl_eval_bpb_options o = options();
    assert_int_equal(axl_eval_bpb(&o, NULL, NULL), AXL_BAD_ARGUMENT);
    o.path_count = 0;
    refused(o, AXL_BAD_ARGUMENT, "paths");
    o.path_count = 1; // the empty one
    refused(o, AXL_BAD_FILE, "no bytes");
    o = options();
    o.model = NULL;
    refused(o, AXL_BAD_ARGUMENT, "model");
    o.model = "/nowhere";
    refused(o, AXL_NOT_FOUND, "/nowhere");
    o = options();
    o.level = "abacus";
    refused(o, AXL_BAD_ARGUMENT, "abacus");
    const char *const missing[2] = {names[1], "/nowhere/at/all"};
    o = options();
    o.paths = missing;
    o.path_count = 2;
    refused(o, AXL_NOT_FOUND, "/nowhere/at/all");
    static const char *const works[] = {"scored", "gzip", "xz"};
    for (size_t i = 0; i < COUNT_OF(works); i++) {
        o = options();
        o.progress = stop;
        o.progress_ctx = (void *)(uintptr_t)works[i];
        refused(o, AXL_INTERRUPTED, "interrupted");
    }
}

static axl_status evaluate(void *ctx, axl_error *err) {
    axl_eval_bpb_result *r;
    const axl_status status = axl_eval_bpb(ctx, &r, err);
    axl_eval_bpb_free(r);
    return status;
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    axl_eval_bpb_options o = options();
    o.threads = 1;
    o.path_count = 2;
    o.no_compressors = true; // tests/eval fails theirs
    assert_true(for_each_failing_alloc(evaluate, &o) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_holds_together),
        cmocka_unit_test(options_count),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("api eval bpb", tests, make_files, remove_files);
}
