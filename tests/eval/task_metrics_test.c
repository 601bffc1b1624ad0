// How good an answer is, one metric after the other, and what is counted over many.
#include "eval/task_scores.h"
#include "eval/task_tests.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static python_span span(const char *text) {
    return (python_span){text, strlen(text)};
}

static python_parser *parser; // NULL: this build cannot parse

static int open_parser(void **state) {
    (void)state;
    if (python_available()) assert_int_equal(python_open(&parser, NULL, NULL), AXL_OK);
    return 0;
}

static int close_parser(void **state) {
    (void)state;
    python_close(parser);
    return 0;
}

typedef struct scored {
    double value[TASK_METRICS];
} scored;

static scored score(const char *task, const char *input, const char *right, const char *answer) {
    scored out;
    const task_question q = {.input = span(input), .answer = span(right)};
    const task_tools tools = {scored_task_find(task), parser, NULL};
    assert_non_null(tools.task);
    assert_int_equal(task_metrics_of(&tools, &q, span(answer), out.value, NULL), AXL_OK);
    return out;
}

static void near_to(double is, double wanted) {
    if (!(fabs(is - wanted) <= 1e-12)) fail_msg("%.15g is not %.15g", is, wanted);
}

static void tasks_are_found(void **state) {
    (void)state;
    for (size_t i = 0; i < scored_task_count; i++) {
        const scored_task *t = &scored_tasks[i];
        assert_ptr_equal(scored_task_find(t->name), t);
        assert_true(t->metrics & TASK_BIT(t->primary));
        assert_true(t->metrics & TASK_BIT(TASK_EXACT));
    }
    assert_null(scored_task_find("doc"));
    for (size_t m = 0; m < TASK_METRICS; m++) assert_true(task_metric_name((task_metric)m)[0]);
}

static void texts_are_the_same_but_for_blanks(void **state) {
    (void)state;
    assert_true(task_text_same(span("a\nb"), span("\n \na  \nb\t\n\n")));
    assert_false(task_text_same(span("a\nb"), span("a\n b")));
    assert_false(task_text_same(span("  a"), span("a")));
    assert_false(task_text_same(span("a\nb"), span("a\nb\nc")));
    assert_false(task_text_same(span("a\n\nb"), span("a\nb")));
    assert_true(task_text_same(span(" \n"), span("")));
    assert_int_equal(task_first_line(span("\n\nOK \nmore")).bytes, 2);
    assert_int_equal(task_last_line(span("a\n=> 12 \n\n")).bytes, 5);
    assert_int_equal(task_last_line(span("")).bytes, 0);
    assert_true(task_text_same(task_first_line(span(" \n OK \nmore")), span("OK")));
    assert_true(task_text_same(task_last_line(span("a\n\t => 1")), span("=> 1")));
}

static void similarity_counts_edits(void **state) {
    (void)state;
    near_to(task_similarity(span("kitten"), span("sitting")), 1 - 3.0 / 7);
    near_to(task_similarity(span("sitting"), span("kitten")), 1 - 3.0 / 7);
    near_to(task_similarity(span(""), span("")), 1);
    near_to(task_similarity(span("abc"), span("")), 0);
    near_to(task_similarity(span("abc"), span("abc")), 1);
    near_to(task_similarity(span("ab"), span("ba")), 0);
    static char a[2 * TASK_SIMILAR_MOST], b[2 * TASK_SIMILAR_MOST];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    b[0] = 'y';
    b[sizeof b - 1] = 'y'; // beyond what is looked at
    near_to(task_similarity((python_span){a, sizeof a}, (python_span){b, sizeof b}),
            1 - 1.0 / (double)TASK_SIMILAR_MOST);
}

static void comments_are_compared_alone(void **state) {
    (void)state;
    const char *code = "x = 1\ny = 2\n", *right = "# Two of them.\nx = 1\ny = 2\n";
    near_to(score("comment", code, right, right).value[TASK_COMMENT], 1);
    near_to(score("comment", code, right, code).value[TASK_COMMENT], 0);
    near_to(score("comment", code, right, code).value[TASK_CODE], 1);
    scored s = score("comment", code, right, "x = 1\n  # Two of us.\ny = 2");
    near_to(s.value[TASK_COMMENT], 1 - 4.0 / 15); // "them" and "us" of 14 bytes and a newline
    near_to(s.value[TASK_CODE], 1);
    s = score("comment", code, right, "# Two of them.\nx = 1\n");
    near_to(s.value[TASK_COMMENT], 1);
    near_to(s.value[TASK_CODE], 0);
}

static void labels_are_first_lines(void **state) {
    (void)state;
    scored s = score("secure", "f()", "CWE-78 line 2\nfixed", "CWE-78 line 2\nother");
    near_to(s.value[TASK_LABEL], 1);
    near_to(s.value[TASK_EXACT], 0);
    assert_true(isnan(s.value[TASK_FALSE])); // something is wrong there
    near_to(score("secure", "f()", " OK\n", " CWE-78 line 2").value[TASK_FALSE], 1);
    near_to(score("secure", "f()", " OK\n", "OK").value[TASK_FALSE], 0);
    // Saying nothing is no way to have no false alarms.
    near_to(score("secure", "f()", "OK\n", "").value[TASK_FALSE], 1);
}

static void traces_have_steps_and_a_value(void **state) {
    (void)state;
    const char *right = "x = 1\nx = 2\n=> 2\n";
    scored s = score("reasoning", "", right, "x = 1\nx = 3\n=> 2\n");
    near_to(s.value[TASK_STEPS], 2.0 / 3);
    near_to(s.value[TASK_VALUE], 1);
    s = score("reasoning", "", right, "=> 2");
    near_to(s.value[TASK_STEPS], 0);
    near_to(s.value[TASK_VALUE], 1);
    near_to(score("reasoning", "", right, "x = 1\nx = 2").value[TASK_VALUE], 0);
}

static void nothing_to_mend_must_stay(void **state) {
    (void)state;
    assert_true(isnan(score("fix", "x = 1", "x = 2", "x = 2").value[TASK_UNCHANGED]));
    near_to(score("fix", "x = 1", "x = 1\n", "x = 1").value[TASK_UNCHANGED], 1);
    near_to(score("fix", "x = 1", "x = 1\n", "x = 2").value[TASK_UNCHANGED], 0);
}

static void python_is_parsed(void **state) {
    (void)state;
    const char *code = "def area(self, width, height=1):\n    return width * height\n";
    scored s = score("docs", code, "The area of width times height.", "Uses the width.");
    if (!parser) {
        assert_true(isnan(s.value[TASK_NAMES]) && isnan(s.value[TASK_INSERTS]));
        skip();
    }
    near_to(s.value[TASK_NAMES], 0.5); // self does not count
    near_to(s.value[TASK_INSERTS], 1);
    near_to(score("docs", code, "r", "widths and heights").value[TASK_NAMES], 0);
    near_to(score("docs", code, "r", "a \"\"\" b").value[TASK_INSERTS], 0);
    near_to(score("docs", code, "r", "a\"\"\"\n    x = 1\n    \"\"\"b").value[TASK_INSERTS], 0);
    near_to(score("docs", code, "r", "").value[TASK_INSERTS], 0);
    assert_true(isnan(score("docs", "def f():\n    pass\n", "r", "a").value[TASK_NAMES]));
    near_to(score("fix", "x", "x = 1", "x = 2").value[TASK_PARSES], 1);
    near_to(score("fix", "x", "x = 1", "x = = 2").value[TASK_PARSES], 0);
    near_to(score("fix", "x", "x = 1", "").value[TASK_PARSES], 0);
    assert_true(isnan(score("testgen", "x", "assert f() == 1", "a").value[TASK_TRUE])); // no box
}

static void layout_is_no_difference(void **state) {
    (void)state;
    static const char right[] =
        "def f(a, b):\n    # Both.\n    if a and b:\n"
        "        return [a, 'x  # y']\n    return g(a)\n";
    static const char *const same[] = {
        right,
        "def f(a,b):\n  if a and b:\n    return [ a,'x  # y' ] # no\n\n  return g( a )",
        "def f(a, b):\n    if a and \\\n        b:\n        return [a,\n                'x  # y']\n"
        "    return g(\n        a)\n",
    };
    static const char *const others[] = {
        "",
        "# f",
        "def f(a, b):\n    if a or b:\n        return [a, 'x  # y']\n    return g(a)\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x # y']\n    return g(a)\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x  # y']\n        return g(a)\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x  # y']\n    return g(b)\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x  # y']\n    return g(a)\nf()\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x  # y']\n",
        "def f(a, b):\n    if (a and b):\n        return [a, 'x  # y']\n    return g(a)\n",
        "def f(a, b):\n    if a and b:\n        return [a, 'x  # y'\n    return g(a)\n",
    };
    if (!parser) skip();
    for (size_t i = 0; i < COUNT_OF(same); i++)
        near_to(score("refactor", "x", right, same[i]).value[TASK_TREE], 1);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        near_to(score("refactor", "x", right, others[i]).value[TASK_TREE], 0);
    // What is no Python is not the same as itself, and text inside of strings is no layout.
    near_to(score("refactor", "x", "f(", "f(").value[TASK_TREE], 0);
    near_to(score("refactor", "x", "# a\n", "# a\n").value[TASK_TREE], 0);
    near_to(score("refactor", "x", "f'{a}\\n b'", "f'{a}\\n  b'").value[TASK_TREE], 0);
    near_to(score("refactor", "x", "'''\\\na'''", "'''a'''").value[TASK_TREE], 0);
    assert_true(isnan(score("fix", "x", right, right).value[TASK_TREE]));
}

// What must not be run: the sandbox is not even asked, so none is needed. Where the answer is fine
// the missing sandbox is what is left.
static void assertions_say_something(void **state) {
    (void)state;
    static const char input[] = "def add(a, b=0):\n    return a + b\n";
    static const char *const fine[] = {
        "assert add(1, 2) == 3",
        "\nassert add(1, 2) == 3\nassert add(-1, b=1.5) is None\n",
        "assert add([1, (2, 'a')], {'k': {1}}) != -3",
        "assert add('# no remark; (') in ('a', \"b\" 'c')",
        "assert add(*[1, 2]) not in []",
    };
    static const char *const empty[] = {
        "",
        "assert True # add(",
        "assert add(1, 2) or True",
        "assert 1; import os; add(1)",
        "assert add(1, 2) == 3; import os",
        "assert add(1, 2) == 3 # right",
        "# add(1)\nassert add(1, 2) == 3",
        "assert add(1, 2)",
        "assert (add(1, 2) == 3, 'always')",
        "assert add(1, 2) == 3, add(1, 2)",
        "assert add(1, 2) == add(1, 2)",
        "assert 3 == add(1, 2)",
        "assert add(1, 2) == 3 != 4",
        "assert add(1, 2) == [x for x in ()]",
        "assert add(1, 2) == f'{open(\"x\")}'",
        "assert add(1, 2) == b",
        "assert add(1, open('x')) == 3",
        "assert add(1, b=open('x')) == 3",
        "assert add(1, x := 2) == 3",
        "assert add(*(y for y in z)) == 3",
        "assert other(1, 2) == 3",
        "assert add.add(1, 2) == 3",
        "assert not add(1, 2) == 3",
        "if 1:\n    assert add(1, 2) == 3",
        "import os\nassert add(1, 2) == 3",
        "assert add(1, 2) == 3\nassert True",
        "assert add(1, 2) == (",
    };
    if (!parser) skip();
    for (size_t i = 0; i < COUNT_OF(fine); i++) {
        bool says = false;
        assert_int_equal(task_tests_say(parser, span(input), span(fine[i]), &says, NULL), AXL_OK);
        if (!says) fail_msg("refused: %s", fine[i]);
    }
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        bool says = true;
        assert_int_equal(task_tests_say(parser, span(input), span(empty[i]), &says, NULL), AXL_OK);
        if (says) fail_msg("taken: %s", empty[i]);
    }
}

// ---- over many ----

static void findings_need_the_right_name(void **state) {
    (void)state;
    task_question list[] = {{.answer = span("CWE-78")},
                            {.answer = span("CWE-89")},
                            {.answer = span("OK")},
                            {.answer = span("OK")},
                            {.answer = span("CWE-22")}};
    const python_span answers[] = {span("CWE-78"), span("CWE-22"), span("OK"), span("CWE-78"),
                                   span("OK")};
    const task_questions q = {.list = list, .count = 5};
    const task_tools none = {scored_task_find("secure"), NULL, NULL};
    task_scores s;
    assert_int_equal(task_scores_make(&s, &none, &q, answers, NULL), AXL_OK);
    near_to(s.total.precision, 1.0 / 3);
    near_to(s.total.recall, 1.0 / 3);
    near_to(s.total.f1, 1.0 / 3);
    near_to(s.figure[TASK_LABEL].value, 0.4);
    near_to(s.figure[TASK_FALSE].value, 0.5);
    assert_int_equal(s.figure[TASK_FALSE].count, 2);
    assert_true(isnan(s.total.codebleu));
    const task_match match = {none.task, &q, &s, &s};
    task_figure gain;
    assert_int_equal(task_scores_gain(&gain, &match, NULL), AXL_OK);
    assert_true(gain.value == 0 && gain.count == 5);
    task_scores_free(&s);
}

// Code without edges between variables must not count as if all of them were found.
static void codebleu_of_garbage_is_low(void **state) {
    (void)state;
    static char deep[4001];
    memset(deep, '(', 2000);
    memset(deep + 2000, ')', 2000);
    const char *right = "def f(a):\n    b = a + 1\n    return b\n";
    task_question list[] = {{.input = span("x"), .answer = span(right)},
                            {.input = span("x"), .answer = span(right)}};
    const task_questions q = {.list = list, .count = 2};
    const task_tools tools = {scored_task_find("fix"), parser, NULL};
    task_scores s;
    if (!parser) skip();
    const python_span garbage[] = {span("%%% nothing"), span("")};
    assert_int_equal(task_scores_make(&s, &tools, &q, garbage, NULL), AXL_OK);
    if (!(s.total.codebleu < 0.01)) fail_msg("%g", s.total.codebleu);
    task_scores_free(&s);
    // An answer that cannot be parsed is no reason to forget its question.
    const python_span tangled[] = {span(right), span(deep)};
    assert_int_equal(task_scores_make(&s, &tools, &q, tangled, NULL), AXL_OK);
    if (!(s.total.codebleu < 0.75)) fail_msg("%g", s.total.codebleu);
    task_scores_free(&s);
    const python_span same[] = {span(right), span(right)};
    assert_int_equal(task_scores_make(&s, &tools, &q, same, NULL), AXL_OK);
    near_to(s.total.codebleu, 1);
    task_scores_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_found),
        cmocka_unit_test(texts_are_the_same_but_for_blanks),
        cmocka_unit_test(similarity_counts_edits),
        cmocka_unit_test(comments_are_compared_alone),
        cmocka_unit_test(labels_are_first_lines),
        cmocka_unit_test(traces_have_steps_and_a_value),
        cmocka_unit_test(nothing_to_mend_must_stay),
        cmocka_unit_test(python_is_parsed),
        cmocka_unit_test(layout_is_no_difference),
        cmocka_unit_test(assertions_say_something),
        cmocka_unit_test(findings_need_the_right_name),
        cmocka_unit_test(codebleu_of_garbage_is_low),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
