// Reading pairs, and what answers without having learnt anything.
#include "eval/baseline.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

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

static axl_status read_text(task_questions *out, const char *text, axl_error *err) {
    const char *path = scratch_path(&box, "pairs.jsonl");
    scratch_text(path, text);
    return task_questions_read(out, path, err);
}

static bool reads(python_span s, const char *text) {
    return s.bytes == strlen(text) && memcmp(s.text, text, s.bytes) == 0;
}

static void pairs_are_read(void **state) {
    (void)state;
    task_questions q;
    axl_error err;
    assert_int_equal(
        read_text(
            &q,
            "{\"task\": \"docs\", \"prompt\": \"Code:\\ndef f():\\n    g()\\nDocstring:\\n\", "
            "\"completion\": \"Calls g.\\n\", \"kind\": \"function\", \"line\": 3}\n"
            "\n"
            "{\"prompt\": \"User: what is x: y\\nAssistant:\", \"completion\": \" \\u00e4\"}",
            &err),
        AXL_OK);
    assert_int_equal(q.count, 2);
    assert_true(reads(q.list[0].input, "def f():\n    g()\n"));
    assert_true(reads(q.list[0].answer, "Calls g.\n"));
    assert_true(reads(q.list[0].kind, "function"));
    assert_true(reads(q.list[1].input, "User: what is x: y\n"));
    assert_true(reads(q.list[1].answer, " \xC3\xA4"));
    assert_int_equal(q.list[1].kind.bytes, 0);
    assert_int_equal(q.list[1].line, 3);
    task_questions_free(&q);
}

static void wrong_lines_are_named(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\"}\n",
        "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\", \"completion\": 1}\n",
        "{\"prompt\": \"a\", \"completion\": \"b\"}\nno JSON\n",
        "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"\xFF\", \"completion\": \"\"}"};
    task_questions q;
    axl_error err;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(read_text(&q, wrong[i], &err), AXL_BAD_FILE);
        assert_non_null(strstr(err.text, ":2: "));
        assert_null(q.list);
    }
    assert_int_equal(read_text(&q, " \n\n", &err), AXL_BAD_FILE);
    assert_int_equal(task_questions_read(&q, scratch_path(&box, "absent"), &err), AXL_NOT_FOUND);
}

static void thinning_is_even(void **state) {
    (void)state;
    task_question list[10];
    for (size_t i = 0; i < 10; i++) list[i].line = i;
    task_questions q = {.list = list, .count = 10};
    task_questions_thin(&q, 0);
    assert_int_equal(q.count, 10);
    task_questions_thin(&q, 12);
    assert_int_equal(q.count, 10);
    task_questions_thin(&q, 4);
    assert_int_equal(q.count, 4);
    const uint64_t kept[] = {0, 2, 5, 7};
    for (size_t i = 0; i < 4; i++) assert_int_equal(q.list[i].line, kept[i]);
}

// Six lines, of the projects a, none, b, none, a and ab.
static const char grouped[] =
    "{\"prompt\": \"1\", \"completion\": \"\", \"project\": \"a\"}\n"
    "{\"prompt\": \"2\", \"completion\": \"\"}\n"
    "{\"prompt\": \"3\", \"completion\": \"\", \"project\": \"b\"}\n"
    "{\"prompt\": \"4\", \"completion\": \"\", \"project\": 7}\n"
    "{\"prompt\": \"5\", \"completion\": \"\", \"project\": \"\\u0061\"}\n"
    "{\"prompt\": \"6\", \"completion\": \"\", \"project\": \"ab\"}\n";

static void projects_are_found(void **state) {
    (void)state;
    task_questions q;
    assert_int_equal(read_text(&q, grouped, NULL), AXL_OK);
    assert_true(reads(q.list[0].project, "a"));
    assert_int_equal(q.list[3].project.bytes, 0);
    assert_null(q.group);
    const size_t group[] = {0, 1, 2, 3, 0, 5};
    for (size_t round = 0; round < 2; round++) { // again does no harm
        assert_int_equal(task_questions_group(&q, NULL), AXL_OK);
        assert_int_equal(q.projects, 5);
        assert_memory_equal(q.group, group, sizeof group);
    }
    task_questions_free(&q);
    // Of those that are kept: 1, 3 and 5.
    assert_int_equal(read_text(&q, grouped, NULL), AXL_OK);
    task_questions_thin(&q, 3);
    assert_int_equal(task_questions_group(&q, NULL), AXL_OK);
    assert_int_equal(q.projects, 2);
    const size_t kept[] = {0, 1, 0};
    assert_memory_equal(q.group, kept, sizeof kept);
    task_questions_free(&q);
}

static const char train[] =
    "{\"prompt\": \"add two numbers a and b\", \"completion\": \"sum\"}\n"
    "{\"prompt\": \"open the file and read it\", \"completion\": \"text\"}\n"
    "{\"prompt\": \"close the file\", \"completion\": \"done\"}\n"
    "{\"prompt\": \"read the file and read it again\", \"completion\": \"text\"}\n"
    "{\"prompt\": \"wait\", \"completion\": \"done\"}\n";

static python_span nearest(baseline *b, const char *prompt) {
    python_span out;
    assert_int_equal(baseline_nearest(b, (python_span){prompt, strlen(prompt)}, &out, NULL),
                     AXL_OK);
    return out;
}

static void baselines_answer(void **state) {
    (void)state;
    task_questions q;
    baseline *b;
    assert_int_equal(read_text(&q, train, NULL), AXL_OK);
    assert_int_equal(baseline_open(&b, &q, NULL), AXL_OK);
    assert_true(reads(baseline_frequent(b), "text")); // as frequent as "done", and before it
    for (size_t round = 0; round < 2; round++) {      // nothing is left of the question before
        assert_true(reads(nearest(b, "Add two numbers"), "sum"));
        assert_true(reads(nearest(b, "close the file now"), "done"));
        assert_true(reads(nearest(b, "nothing of this is known"), "sum"));
        assert_true(reads(nearest(b, ""), "sum"));
    }
    // One shingle of two, said often, is no more than said once.
    assert_true(reads(nearest(b, "the file the file the file the file close the"), "done"));
    baseline_close(b);
    baseline_close(NULL);
    task_questions_free(&q);
}

static axl_status all_of_it(void *ctx, axl_error *err) {
    (void)ctx;
    task_questions q;
    baseline *b = NULL;
    python_span out;
    axl_status status = task_questions_read(&q, scratch_path(&box, "pairs.jsonl"), err);
    if (status != AXL_OK) return status;
    status = task_questions_group(&q, err);
    if (status == AXL_OK) status = baseline_open(&b, &q, err);
    if (status == AXL_OK)
        status = baseline_nearest(b, (python_span){"close the file", 14}, &out, err);
    baseline_close(b);
    task_questions_free(&q);
    return status;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    scratch_text(scratch_path(&box, "pairs.jsonl"), train);
    assert_true(for_each_failing_alloc(all_of_it, NULL) >= 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_read),   cmocka_unit_test(wrong_lines_are_named),
        cmocka_unit_test(thinning_is_even), cmocka_unit_test(projects_are_found),
        cmocka_unit_test(baselines_answer), cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, make_box, remove_box);
}
