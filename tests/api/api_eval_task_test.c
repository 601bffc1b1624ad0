// Scoring a task through the public interface, with a model of the golden files.
#include "os/scratch.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char golden[] = AXL_GOLDEN "/full_groups"; // its context is 32 bytes
static const char *const models[] = {golden, golden};
static scratch box;
static char held[SCRATCH_PATH_MAX], train[SCRATCH_PATH_MAX];

static int make_files(void **state) {
    (void)state;
    scratch_make(&box);
    snprintf(held, sizeof held, "%s", scratch_path(&box, "held.jsonl"));
    snprintf(train, sizeof train, "%s", scratch_path(&box, "train.jsonl"));
    scratch_text(
        held,
        "{\"prompt\": \"Q:\\none two\\nA:\\n\", \"completion\": \"3\\n\"}\n"
        "{\"prompt\": \"Q:\\ntwo two\\nA:\\n\", \"completion\": \"two two\\n\"}\n"
        "{\"prompt\": \"Q:\\nthis is a question too long\\nA:\\n\", \"completion\": \"7\"}\n"
        "{\"prompt\": \"Q:\\ntwo three\\nA:\\n\", \"completion\": \"5\\n\"}\n");
    scratch_text(train,
                 "{\"prompt\": \"Q:\\ntwo three\\nA:\\n\", \"completion\": \"5\"}\n"
                 "{\"prompt\": \"Q:\\none two\\nA:\\n\", \"completion\": \"3\"}\n"
                 "{\"prompt\": \"Q:\\nfour one\\nA:\\n\", \"completion\": \"5\"}\n");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static axl_eval_task_options options(void) {
    return (axl_eval_task_options){.task = "chat",
                                   .models = models,
                                   .model_count = 2,
                                   .data = held,
                                   .no_record = true,
                                   .threads = 1};
}

static void rows_hold_together(void **state) {
    (void)state;
    axl_eval_task_options o = options();
    axl_eval_task_result *r;
    axl_error err;
    if (axl_eval_task(&o, &r, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_string_equal(r->task, "chat");
    assert_string_equal(r->figure_name[r->primary], "exact");
    assert_int_equal(r->questions, 4);
    assert_int_equal(r->train_pairs, 3); // of the file beside it
    assert_int_equal(r->row_count, 2 + AXL_TASK_BASELINES);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(r->rows[i].name, golden);
        assert_int_equal(r->rows[i].unfit, 1);
        assert_int_equal(r->rows[i].context, 32);
        assert_int_equal(r->rows[i].figure[0].count, 4);
    }
    // Of 3, "two two", 7 and 5: copied the second one, most frequent is 5, nearest are 3, 5, -
    // and 5.
    const double wanted[AXL_TASK_BASELINES] = {0.25, 0.25, 0.5};
    for (size_t b = 0; b < AXL_TASK_BASELINES; b++) {
        const axl_task_row *row = &r->rows[2 + b];
        assert_true(row->baseline && row->known);
        assert_true(row->figure[0].value == wanted[b]);
        const double gain = r->rows[0].figure[0].value - wanted[b];
        assert_true(fabs(r->rows[0].gain[b].value - gain) < 1e-12);
        assert_true(isnan(r->rows[0].gain[b].low)); // of 4 questions nothing can be told
    }
    axl_eval_task_free(r);
    axl_eval_task_free(NULL);
}

static void threads_change_nothing(void **state) {
    (void)state;
    axl_eval_task_options o = options();
    axl_eval_task_result *one, *two;
    assert_int_equal(axl_eval_task(&o, &one, NULL), AXL_OK);
    o.threads = 3;
    assert_int_equal(axl_eval_task(&o, &two, NULL), AXL_OK);
    for (size_t i = 0; i < one->row_count; i++)
        for (size_t k = 0; k < one->figure_count; k++)
            assert_memory_equal(&one->rows[i].figure[k], &two->rows[i].figure[k],
                                sizeof one->rows[i].figure[k]);
    axl_eval_task_free(one);
    axl_eval_task_free(two);
}

static void samples_are_fewer(void **state) {
    (void)state;
    axl_eval_task_options o = options();
    axl_eval_task_result *r;
    o.samples = 2;
    o.model_count = 1;
    assert_int_equal(axl_eval_task(&o, &r, NULL), AXL_OK);
    assert_int_equal(r->questions, 2);
    assert_int_equal(r->all_questions, 4);
    assert_int_equal(r->rows[0].figure[0].count, 2);
    axl_eval_task_free(r);
}

static int stop_at_once(void *ctx, const char *what, size_t done, size_t total) {
    assert_string_equal(what, golden);
    assert_true(done <= total);
    return *(int *)ctx;
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    axl_eval_task_result *r;
    axl_error err;
    int stop = 1;
    axl_eval_task_options o = options();
    o.task = "fixx";
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean 'fix'"));
    assert_null(r);
    o = options();
    o.data = scratch_path(&box, "absent");
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_NOT_FOUND);
    o = options();
    o.model_count = AXL_TASK_MODELS + 1;
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_BAD_ARGUMENT);
    o.model_count = 0;
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_BAD_ARGUMENT);
    o = options();
    o.progress = stop_at_once;
    o.progress_ctx = &stop;
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_INTERRUPTED);
    stop = 0;
    assert_int_equal(axl_eval_task(&o, &r, &err), AXL_OK);
    axl_eval_task_free(r);
    assert_string_equal(axl_eval_task_name(0), "docs");
    assert_null(axl_eval_task_name(1000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_hold_together),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(samples_are_fewer),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
