// Problems from files of the published forms, and from files that are none.
#include "base/alloc.h"
#include "eval/problem.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define HUMANEVAL                                                                                  \
    "{\"task_id\": \"HumanEval/0\", \"prompt\": \"import math\\n\\ndef help(x):\\n    return "     \
    "x\\n\\ndef f(x):\\n    \\\"\\\"\\\"def f(x) is one.\\\"\\\"\\\"\\n\", \"entry_point\": "      \
    "\"f\", \"canonical_solution\": \"    return x + 1\\n\", \"test\": \"def check(candidate):\\n" \
    "    assert candidate(1) == 2\\n\"}\n"
#define TASK(number, tests)                                                                        \
    "{\"text\": \"Write f" number ".\", \"code\": \"def f" number                                  \
    "(x):\\r\\n  return x\\r\\ndef other (y): pass\", \"task_id\": " number                        \
    ", \"test_setup_code\": \"n = 1\\r\\nm = 2\", \"test_list\": [" tests                          \
    "], \"challenge_test_list\": []}\n"
#define TASKS                                                                                      \
    TASK("1", "\"assert f1(1) == 1\"")                                                             \
    TASK("2", "\"a2\", \"b2\"")                                                                    \
    TASK("3", "\"a3\"")                                                                            \
    TASK("4", "\"a4\"") TASK("11", "\"a11\"") TASK("510", "\"a510\"") TASK("511", "\"a511\"")
#define HOLE                                                                                       \
    "{\"task_id\": \"SingleLineInfilling/0/L0\", \"entry_point\": \"f\", \"prompt\": \"def f(x):"  \
    "\\n\", \"suffix\": \"    return x\\n\", \"canonical_solution\": \"    x += 1\\n\", "          \
    "\"test\": \"def check(candidate): pass\"}\n"

static problem_set parse(problem_benchmark b, const char *text) {
    const problem_source from = {.benchmark = b, .all = true};
    buf whole = {0};
    assert_true(buf_text(&whole, text));
    problem_set out;
    axl_error err = {0};
    const axl_status status = problem_set_parse(&out, &from, &whole, &err);
    buf_free(&whole);
    if (status != AXL_OK) fail_msg("%s", err.text);
    return out;
}

static void check_part(const problem_set *s, size_t i, problem_part part, const char *want) {
    assert_string_equal(s->list[i].part[part], want);
}

static void test_humaneval(void **state) {
    (void)state;
    problem_set s = parse(PROBLEM_HUMANEVAL, "\n" HUMANEVAL "  \n");
    assert_int_equal(s.count, 1);
    check_part(&s, 0, PROBLEM_ID, "HumanEval/0");
    check_part(&s, 0, PROBLEM_HEAD, s.list[0].part[PROBLEM_PROMPT]);
    check_part(&s, 0, PROBLEM_TAIL, "\n");
    check_part(&s, 0, PROBLEM_SUFFIX, "");
    check_part(&s, 0, PROBLEM_SOLUTION, "    return x + 1\n");
    // Up to the function, whose docstring has the same words.
    check_part(&s, 0, PROBLEM_PRELUDE, "import math\n\ndef help(x):\n    return x\n\n");
    check_part(&s, 0, PROBLEM_ENTRY, "f");
    check_part(&s, 0, PROBLEM_NAMES, "");
    assert_int_equal(s.stop_count, 5);
    problem_set_free(&s);
}

static void test_mbpp(void **state) {
    (void)state;
    problem_set s = parse(PROBLEM_MBPP, TASKS);
    assert_int_equal(s.count, 7);
    check_part(&s, 0, PROBLEM_ID, "MBPP/1");
    check_part(&s, 0, PROBLEM_PROMPT,
               "You are an expert Python programmer, and here is your task: Write f1. Your code "
               "should pass these tests:\n\nassert f1(1) == 1\n[BEGIN]\n");
    check_part(&s, 0, PROBLEM_HEAD, "");
    check_part(&s, 0, PROBLEM_TAIL, "");
    check_part(&s, 0, PROBLEM_SOLUTION, "def f1(x):\n  return x\ndef other (y): pass");
    check_part(&s, 0, PROBLEM_NAMES, "f1 other ");
    check_part(&s, 0, PROBLEM_CHECK, "n = 1\nm = 2\nassert f1(1) == 1\n");
    check_part(&s, 1, PROBLEM_CHECK, "n = 1\nm = 2\na2\nb2\n");
    problem_set_free(&s);
}

// The test split, the tasks in front, and some of all.
static void test_choice(void **state) {
    (void)state;
    buf text = {0};
    assert_true(buf_text(&text, TASKS));
    problem_source from = {.benchmark = PROBLEM_MBPP, .shots = 3};
    problem_set s;
    axl_error err;
    assert_int_equal(problem_set_parse(&s, &from, &text, &err), AXL_OK);
    assert_int_equal(s.count, 2);
    check_part(&s, 0, PROBLEM_ID, "MBPP/11");
    check_part(&s, 1, PROBLEM_ID, "MBPP/510");
    const char *prompt = s.list[1].part[PROBLEM_PROMPT];
    assert_non_null(strstr(prompt,
                           "tests:\n\na2\nb2\n[BEGIN]\ndef f2(x):\n  return x\ndef other "
                           "(y): pass\n[DONE]\n\nYou are"));
    const char *last = strstr(prompt, "Write f4.");
    assert_non_null(last);
    assert_string_equal(strstr(last, "\n[DONE]\n\n") + 9,
                        "You are an expert Python programmer, and here is your task: Write f510. "
                        "Your code should pass these tests:\n\na510\n[BEGIN]\n");
    problem_set_free(&s);
    from = (problem_source){.benchmark = PROBLEM_MBPP, .all = true, .limit = 3};
    assert_int_equal(problem_set_parse(&s, &from, &text, &err), AXL_OK);
    assert_int_equal(s.count, 3);
    check_part(&s, 0, PROBLEM_ID, "MBPP/1");
    check_part(&s, 1, PROBLEM_ID, "MBPP/3");
    check_part(&s, 2, PROBLEM_ID, "MBPP/11");
    problem_set_free(&s);
    // What stands in the prompt with its solution is not asked.
    from = (problem_source){.benchmark = PROBLEM_MBPP, .all = true, .shots = 3};
    assert_int_equal(problem_set_parse(&s, &from, &text, &err), AXL_OK);
    check_part(&s, 0, PROBLEM_ID, "MBPP/1");
    check_part(&s, 1, PROBLEM_ID, "MBPP/11");
    problem_set_free(&s);
    from.shots = 4;
    assert_int_equal(problem_set_parse(&s, &from, &text, &err), AXL_BAD_ARGUMENT);
    buf_free(&text);
}

static void test_infill(void **state) {
    (void)state;
    problem_set s = parse(PROBLEM_SINGLE_LINE, HOLE);
    check_part(&s, 0, PROBLEM_SOLUTION, "    x += 1");
    check_part(&s, 0, PROBLEM_TAIL, "\n    return x\n");
    check_part(&s, 0, PROBLEM_SUFFIX, "    return x\n");
    assert_int_equal(s.stop_count, 1);
    problem_set_free(&s);
    s = parse(PROBLEM_LIGHT_SPAN, HOLE);
    check_part(&s, 0, PROBLEM_SOLUTION, "    x += 1\n");
    check_part(&s, 0, PROBLEM_TAIL, "    return x\n");
    assert_int_equal(s.stop_count, 0);
    problem_set_free(&s);
}

static void refused(problem_benchmark b, const char *text, const char *words) {
    const problem_source from = {.benchmark = b, .shots = b == PROBLEM_MBPP};
    buf whole = {0};
    assert_true(buf_text(&whole, text));
    problem_set s;
    axl_error err = {0};
    assert_int_equal(problem_set_parse(&s, &from, &whole, &err), AXL_BAD_FILE);
    assert_null(s.list);
    if (!strstr(err.text, words)) fail_msg("\"%s\" is not in \"%s\"", words, err.text);
    buf_free(&whole);
}

static void test_refused(void **state) {
    (void)state;
    refused(PROBLEM_HUMANEVAL, "", "no problems");
    refused(PROBLEM_HUMANEVAL, HUMANEVAL "[1]\n", "line 2: no object");
    refused(PROBLEM_HUMANEVAL, HUMANEVAL "{\"task_id\": ", "line 2: ");
    refused(PROBLEM_HUMANEVAL, "{\"task_id\": \"x\"}\n", "problem 1: no usable \"prompt\"");
    refused(PROBLEM_HUMANEVAL, "{\"prompt\": \"\\u0000\"}\n", "line 1: ");
    refused(PROBLEM_HUMANEVAL, "{\"prompt\": \"\xff\"}\n", "line 1: ");
    refused(PROBLEM_SINGLE_LINE, HUMANEVAL, "no usable \"suffix\"");
    refused(PROBLEM_MBPP, HUMANEVAL, "task 2, to be shown in front, is not there");
    refused(PROBLEM_MBPP, TASK("2", "\"x\", 7"), "task 2, to be shown in front");
}

// ---- files ----

static void pack(const char *path, const char *text) {
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

static void check_read(const char *data, size_t count) {
    const problem_source from = {.benchmark = PROBLEM_HUMANEVAL, .data = data};
    problem_set s;
    axl_error err = {0};
    if (problem_set_read(&s, &from, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_int_equal(s.count, count);
    problem_set_free(&s);
}

static axl_status read_one(void *ctx, axl_error *err) {
    const problem_source from = {.benchmark = PROBLEM_HUMANEVAL, .data = ctx};
    problem_set s;
    const axl_status status = problem_set_read(&s, &from, err);
    if (status == AXL_OK) problem_set_free(&s);
    return status;
}

static void test_files(void **state) {
    (void)state;
    scratch s;
    scratch_make(&s);
    axl_error err = {0};
    problem_set out;
    const problem_source from = {.benchmark = PROBLEM_HUMANEVAL, .data = s.folder};
    assert_int_equal(problem_set_read(&out, &from, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "HumanEval.jsonl.gz"));
    scratch_text(scratch_path(&s, "HumanEval.jsonl"), HUMANEVAL);
    check_read(s.folder, 1);
    check_read(scratch_path(&s, "HumanEval.jsonl"), 1);
    pack(scratch_path(&s, "HumanEval.jsonl.gz"), HUMANEVAL HUMANEVAL);
    check_read(s.folder, 2);
    assert_int_equal(mkdir(scratch_path(&s, "humaneval"), 0755), 0);
    pack(scratch_path(&s, "humaneval/HumanEval.jsonl.gz"), HUMANEVAL HUMANEVAL HUMANEVAL);
    check_read(s.folder, 3);
    assert_true(for_each_failing_alloc(read_one, s.folder) > 0);
    scratch_write(scratch_path(&s, "humaneval/HumanEval.jsonl.gz"), "\x1f\x8b\x08", 3);
    assert_int_equal(problem_set_read(&out, &from, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "damaged gzip"));
    scratch_remove(&s);
}

static void test_published(void **state) {
    (void)state;
    const char *folder = getenv("AXL_BENCHMARKS");
    if (!folder) {
        print_message("skipped: AXL_BENCHMARKS does not name the folder of the benchmarks\n");
        skip();
    }
    static const struct {
        problem_source from;
        size_t count;
    } sets[] = {{{.benchmark = PROBLEM_HUMANEVAL}, 164},
                {{.benchmark = PROBLEM_MBPP, .shots = 3}, 500},
                {{.benchmark = PROBLEM_MBPP, .all = true}, 974},
                {{.benchmark = PROBLEM_SINGLE_LINE}, 1033},
                {{.benchmark = PROBLEM_RANDOM_SPAN}, 1640},
                {{.benchmark = PROBLEM_LIGHT_SPAN}, 164}};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        problem_source from = sets[i].from;
        from.data = folder;
        problem_set s;
        axl_error err = {0};
        if (problem_set_read(&s, &from, &err) != AXL_OK) fail_msg("%s", err.text);
        assert_int_equal(s.count, sets[i].count);
        problem_set_free(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_humaneval), cmocka_unit_test(test_mbpp),
        cmocka_unit_test(test_choice),    cmocka_unit_test(test_infill),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_files),
        cmocka_unit_test(test_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
