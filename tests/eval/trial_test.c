// Answers to problems, put into programs and judged; and the benchmarks' own answers, where their
// folder is named by AXL_BENCHMARKS: some of each, or with the argument --all every one.
#include "base/alloc.h"
#include "eval/trial.h"
#include "sandbox/sandbox_case.h"

#include <stdlib.h>
#include <string.h>

static bool everything;

static problem_set read_from(problem_benchmark b, const char *data, size_t limit) {
    const problem_source from = {.benchmark = b, .data = data, .all = true, .limit = limit};
    problem_set s;
    axl_error err = {0};
    if (problem_set_read(&s, &from, &err) != AXL_OK) fail_msg("%s", err.text);
    return s;
}

static trial *own_answers(const problem_set *s) {
    trial *list = mem_zalloc_array(s->count, sizeof *list);
    assert_non_null(list);
    for (size_t i = 0; i < s->count; i++) {
        axl_error err;
        list[i].problem = i;
        assert_int_equal(trial_answer(&list[i], s, NULL, &err), AXL_OK);
        assert_true(list[i].exact);
    }
    return list;
}

static void judge_all(trial *list, size_t count, const trial_spec *spec) {
    axl_error err = {0};
    if (trials_judge(list, count, spec, &err) != AXL_OK) fail_msg("%s", err.text);
}

static size_t passed(const trial *list, const problem_set *s, bool right) {
    size_t sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        const bool pass = list[i].judged.verdict == JUDGE_PASSED;
        sum += pass;
        if (pass != right)
            print_message("%s: %s %s\n", s->list[i].part[PROBLEM_ID],
                          judge_verdict_name(list[i].judged.verdict), list[i].judged.text);
    }
    return sum;
}

// ---- made here ----

// Functions of every kind of value, some that call themselves and each other.
static const char *const solutions[][2] = {
    {"def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n", "assert f(10) == 55"},
    {"def f(x):\n    return x > 0\n", "assert f(1)\nassert not f(-1)"},
    {"def f(x):\n    return str(x)\n", "assert f(7) == '7'"},
    {"def f(x):\n    x.append(1)\n", "assert f([]) is None"},
    {"def g(x):\n    return [x]\ndef f(x):\n    return g(x) + g(x)\n",
     "assert f(1) == [1, 1] and g(2) == [2]"},
    {"def f(x):\n    return (x,), {x}, {x: x}\n", "assert f(3) == ((3,), {3}, {3: 3})"},
    {"def f(x):\n    yield x\n", "assert list(f(3)) == [3]"},
};

static void put_row(buf *to, size_t number) {
    buf_format(to, "{\"text\": \"\", \"task_id\": %zu, \"test_setup_code\": \"\", \"code\": \"",
               number + 11);
    for (const char *c = solutions[number][0]; *c; c++)
        if (*c == '\n')
            buf_text(to, "\\n");
        else
            buf_byte(to, (uint8_t)*c);
    buf_text(to, "\", \"test_list\": [\"");
    for (const char *c = solutions[number][1]; *c; c++)
        if (*c == '\n')
            buf_text(to, "\\n");
        else
            buf_byte(to, (uint8_t)*c);
    buf_text(to, "\"]}\n");
}

static problem_set made(void) {
    const problem_source from = {.benchmark = PROBLEM_MBPP};
    buf text = {0};
    for (size_t i = 0; i < COUNT_OF(solutions); i++) put_row(&text, i);
    problem_set s;
    axl_error err = {0};
    if (problem_set_parse(&s, &from, &text, &err) != AXL_OK) fail_msg("%s", err.text);
    buf_free(&text);
    return s;
}

static void test_made(void **state) {
    (void)state;
    (void)sandbox_case();
    problem_set s = made();
    trial *list = own_answers(&s);
    trial_spec spec = {.set = &s, .limits = sandbox_case_limits};
    judge_all(list, s.count, &spec);
    assert_int_equal(passed(list, &s, true), s.count);
    spec.wrong = true;
    axl_error err;
    assert_int_equal(pool_create(&spec.pool, 2, &err), AXL_OK);
    judge_all(list, s.count, &spec);
    assert_int_equal(passed(list, &s, false), 0);
    pool_free(spec.pool);
    trials_free(list, s.count);
    problem_set_free(&s);
}

// Trials without an answer are left alone; others are not exact.
static void test_answers(void **state) {
    (void)state;
    (void)sandbox_case();
    problem_set s = made();
    trial *list = mem_zalloc_array(3, sizeof *list);
    assert_non_null(list);
    axl_error err;
    assert_int_equal(trial_answer(&list[0], &s, "f = lambda n: 55\n", &err), AXL_OK);
    assert_int_equal(trial_answer(&list[2], &s, "def f(:", &err), AXL_OK);
    assert_false(list[0].exact);
    list[1].judged.verdict = JUDGE_LATE;
    judge_all(list, 3, &(trial_spec){.set = &s, .limits = sandbox_case_limits});
    assert_int_equal(list[0].judged.verdict, JUDGE_PASSED);
    assert_int_equal(list[1].judged.verdict, JUDGE_LATE);
    assert_int_equal(list[2].judged.verdict, JUDGE_RAISED);
    assert_string_equal(list[2].judged.text, "SyntaxError");
    trials_free(list, 3);
    problem_set_free(&s);
}

static int at_once(void *ctx, size_t done, size_t total) {
    ++*(int *)ctx;
    assert_true(done == 0 && total == COUNT_OF(solutions));
    return 1;
}

static void test_stopped(void **state) {
    (void)state;
    (void)sandbox_case();
    problem_set s = made();
    trial *list = own_answers(&s);
    int asked = 0;
    const trial_spec spec = {
        .set = &s, .limits = sandbox_case_limits, .progress = at_once, .progress_ctx = &asked};
    axl_error err;
    assert_int_equal(trials_judge(list, s.count, &spec, &err), AXL_INTERRUPTED);
    assert_int_equal(asked, 1);
    const trial_spec without = {
        .set = &s, .limits = sandbox_case_limits, .bubblewrap = "/nowhere/bwrap"};
    assert_int_equal(trials_judge(list, s.count, &without, &err), AXL_UNSUPPORTED);
    trials_free(list, s.count);
    problem_set_free(&s);
}

// ---- published ----

// How many of all pass; at least `least` of every one must, and none that is spoilt.
static void check_published(problem_benchmark b, size_t some, size_t least) {
    const char *folder = getenv("AXL_BENCHMARKS");
    (void)sandbox_case();
    if (!folder) {
        print_message("skipped: AXL_BENCHMARKS does not name the folder of the benchmarks\n");
        skip();
    }
    problem_set s = read_from(b, folder, everything ? 0 : some);
    trial *list = own_answers(&s);
    trial_spec spec = {.set = &s, .limits = sandbox_case_limits};
    axl_error err;
    assert_int_equal(pool_create(&spec.pool, 0, &err), AXL_OK);
    judge_all(list, s.count, &spec);
    const size_t right = passed(list, &s, true);
    assert_true(right >= (everything ? least : s.count));
    spec.wrong = true;
    judge_all(list, s.count, &spec);
    assert_int_equal(passed(list, &s, false), 0);
    print_message("%zu of %zu pass, 0 of those that were spoilt\n", right, s.count);
    pool_free(spec.pool);
    trials_free(list, s.count);
    problem_set_free(&s);
}

static void test_humaneval(void **state) {
    (void)state;
    check_published(PROBLEM_HUMANEVAL, 20, 164);
}

// Task 123 needs about all of its time.
static void test_mbpp(void **state) {
    (void)state;
    check_published(PROBLEM_MBPP, 20, 970);
}

static void test_infill(void **state) {
    (void)state;
    check_published(PROBLEM_SINGLE_LINE, 10, 1033);
    check_published(PROBLEM_RANDOM_SPAN, 10, 1640);
    check_published(PROBLEM_LIGHT_SPAN, 10, 164);
}

int main(int argc, char **argv) {
    everything = argc > 1 && strcmp(argv[1], "--all") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),    cmocka_unit_test(test_answers),
        cmocka_unit_test(test_stopped), cmocka_unit_test(test_humaneval),
        cmocka_unit_test(test_mbpp),    cmocka_unit_test(test_infill),
    };
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
