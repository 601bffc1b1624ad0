// What a preset makes of a folder of training pairs.
#include "api/train_recipe.h"
#include "base/buf.h"
#include "os/folder.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <stdio.h>
#include <string.h>

static scratch box;

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// TASK/NAME with so many pairs whose prompt and completion have `bytes` bytes together.
static void put_pairs(const char *task, const char *name, size_t count, size_t bytes) {
    char path[SCRATCH_PATH_MAX];
    buf text = {0};
    snprintf(path, sizeof path, "%s", scratch_path(&box, task));
    assert_int_equal(os_folder_make(path, NULL), AXL_OK);
    for (size_t i = 0; i < count; i++) {
        buf_format(&text, "{\"prompt\": \"%08zu", i);
        buf_fill(&text, 'x', bytes - 10);
        buf_text(&text, "\", \"completion\": \" y\"}\n");
    }
    snprintf(path, sizeof path, "%s/%s", scratch_path(&box, task), name);
    assert_true(buf_ok(&text));
    scratch_write(path, text.data, text.size);
    buf_free(&text);
}

static void every_task_model_has_a_recipe(void **state) {
    (void)state;
    size_t with = 0;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const model_preset *p = &model_presets[i];
        with += p->pairs != NULL;
        assert_true((p->pairs != NULL) == (p->minutes > 0));
        if (!p->pairs) continue;
        bool scored = false;
        for (size_t t = 0; axl_eval_task_name(t); t++)
            scored = scored || strcmp(axl_eval_task_name(t), p->pairs) == 0;
        if (!scored) fail_msg("%s: no task is called %s", p->name, p->pairs);
    }
    assert_int_equal(with, 18); // the others are models of code
}

static train_recipe found(const char *preset) {
    train_recipe r;
    axl_error err;
    if (train_recipe_find(&r, presets_find(preset, NULL), scratch_path(&box, "."), &err) != AXL_OK)
        fail_msg("%s", err.text);
    return r;
}

static void the_context_grows_until_pairs_fit(void **state) {
    (void)state;
    // 254 bytes and the two marks fit 256.
    put_pairs("docs", "train.jsonl", 40, 254);
    train_recipe r = found("docs-lion");
    assert_int_equal(r.context, 256);
    assert_non_null(strstr(r.train, "docs/train.jsonl"));
    assert_null(r.held);
    assert_true(r.minutes == 10);
    assert_string_equal(r.what, "task docs, 40 pairs");
    assert_string_equal(r.why, "context 256 bytes, which 100 % of them fit");
    train_recipe_free(&r);
    put_pairs("docs", "held.jsonl", 2, 50);
    put_pairs("docs", "train.jsonl", 40, 255);
    r = found("docs-lion");
    assert_int_equal(r.context, 512);
    assert_non_null(strstr(r.held, "docs/held.jsonl"));
    assert_non_null(strstr(r.why, "the published 256 are too short, only 0 % fit there"));
    train_recipe_free(&r);
    r = found("docs-8m"); // published with 512
    assert_int_equal(r.context, 512);
    assert_null(strstr(r.why, "too short"));
    train_recipe_free(&r);
    put_pairs("docs", "train.jsonl", 40, 9000);
    r = found("docs-lion");
    assert_int_equal(r.context, 2048);
    train_recipe_free(&r);
}

static void other_data_are_no_pairs(void **state) {
    (void)state;
    train_recipe r = found("secure-lion"); // of which there are none
    assert_null(r.train);
    assert_int_equal(r.context, 0);
    r = found("micro-lion");
    assert_null(r.train);
    put_pairs("secure", "train.jsonl", 1, 60);
    scratch_text(scratch_path(&box, "secure/train.jsonl"), "nothing\n");
    axl_error err;
    assert_int_equal(
        train_recipe_find(&r, presets_find("secure-lion", NULL), scratch_path(&box, "."), &err),
        AXL_BAD_FILE);
    assert_null(r.train);
}

static axl_status find(void *ctx, axl_error *err) {
    train_recipe r;
    const axl_status status = train_recipe_find(&r, ctx, scratch_path(&box, "."), err);
    train_recipe_free(&r);
    return status;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    put_pairs("fix", "train.jsonl", 3, 60);
    put_pairs("fix", "held.jsonl", 3, 60);
    assert_true(for_each_failing_alloc(find, (void *)(uintptr_t)presets_find("fixer-12m", NULL)) >=
                4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_model_has_a_recipe),
        cmocka_unit_test(the_context_grows_until_pairs_fit),
        cmocka_unit_test(other_data_are_no_pairs),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, make_box, remove_box);
}
