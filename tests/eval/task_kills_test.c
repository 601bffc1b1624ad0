// What assertions are worth, run in the sandbox.
#include "eval/task_kills.h"
#include "eval/task_scores.h"
#include "sandbox/sandbox_case.h"

#include <math.h>
#include <string.h>

static const char add[] = "def add(a, b):\n    return a + b\n";

static python_span span(const char *text) {
    return (python_span){text, strlen(text)};
}

static double kills(const char *input, const char *tests, bool hold) {
    python_parser *parser;
    const sandbox *box = sandbox_case();
    double share = -1;
    if (!python_available()) skip();
    assert_int_equal(python_open(&parser, NULL, NULL), AXL_OK);
    const task_kills k = {parser, box, span(input), span(tests), hold};
    axl_error err;
    if (task_kills_share(&k, &share, &err) != AXL_OK) fail_msg("%s", err.text);
    python_close(parser);
    return share;
}

static void is(double share, double wanted) {
    if (!(fabs(share - wanted) <= 1e-12)) fail_msg("%.15g is not %.15g", share, wanted);
}

static void twins_are_told_apart(void **state) {
    (void)state;
    is(kills(add, "assert add(17, 5) == 22\nassert add('x', 'y') == 'xy'\n", true), 1);
    // With zeros a sum is a difference, a product and either operand.
    const double weak = kills(add, "assert add(0, 0) == 0\n", true);
    assert_true(weak >= 0 && weak < 1);
    is(kills(add, "assert add(0, 0) == 0\n", true), weak); // the same twins each time
}

static void only_what_holds_counts(void **state) {
    (void)state;
    const char *mixed = "assert add(17, 5) == 23\nassert add(17, 5) == 22";
    is(kills(add, mixed, false), kills(add, "assert add(17, 5) == 22", true));
    assert_true(kills(add, mixed, false) > 0);
    is(kills(add, "assert add(17, 5) == 23", false), 0);
    is(kills(add, "", false), 0);
}

static void without_a_twin_there_is_no_share(void **state) {
    (void)state;
    assert_true(isnan(kills("x = 1\n", "", false)));
    assert_true(isnan(kills("def f(:\n", "", false)));
    assert_true(isnan(kills("def f():\n    pass\n", "", false)));
}

// As the metrics of the task have it.
static void the_task_has_it(void **state) {
    (void)state;
    const task_question q = {.input = span(add), .answer = span("assert add(17, 5) == 22\n")};
    const char *const answers[] = {"assert add(17, 5) == 22", "assert add(17, 5) == 23", "add"};
    python_parser *parser;
    const sandbox *box = sandbox_case();
    if (!python_available()) skip();
    assert_int_equal(python_open(&parser, NULL, NULL), AXL_OK);
    const task_tools tools = {scored_task_find("testgen"), parser, box};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        double value[TASK_METRICS];
        assert_int_equal(task_metrics_of(&tools, &q, span(answers[i]), value, NULL), AXL_OK);
        is(value[TASK_TRUE], i == 0);
        assert_true(i == 0 ? value[TASK_KILLS] > 0 : value[TASK_KILLS] == 0);
    }
    assert_false(task_metric_is_share(TASK_KILLS));
    python_close(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_are_told_apart),
        cmocka_unit_test(only_what_holds_counts),
        cmocka_unit_test(without_a_twin_there_is_no_share),
        cmocka_unit_test(the_task_has_it),
    };
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
