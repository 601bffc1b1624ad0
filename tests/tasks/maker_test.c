// The pairs of a file, exactly; the same from any number of threads; and files that are none.
#include "support/failing_alloc.h"
#include "support/unit.h"
#include "tasks/tasks_case.h"

#include <stdio.h>
#include <string.h>

static const char module[] =
    "class Box:\n"
    "    def area(self, scale=2):\n"
    "        \"\"\"Return the area of the box.\n"
    "\n"
    "        It is multiplied by scale.\n"
    "        \"\"\"\n"
    "        # The sides are never negative here.\n"
    "        size = self.width * self.height\n"
    "        return size * scale\n"
    "\n"
    "def check(value):\n"
    "    # noqa: this is no remark at all\n"
    "    if value is None:\n"
    "        raise ValueError('none')\n"
    "    return len(value) > 1 and value[0]\n";

static maker_job make(const char *name, const char *text, uint64_t seed) {
    maker_job job = tasks_case_job(name, text);
    tasks_case_run(&job, seed, NULL);
    assert_int_equal(job.verdict, MAKER_FINE);
    return job;
}

static void docs_cut_the_docstring_out(void **state) {
    (void)state;
    maker_job job = make("docs", module, 1);
    const task_pairs *p = tasks_case_pairs(&job);
    assert_int_equal(p->count, 1);
    assert_string_equal(tasks_case_pair(p, 0),
                        "Code:\n"
                        "def area(self, scale=2):\n"
                        "    # The sides are never negative here.\n"
                        "    size = self.width * self.height\n"
                        "    return size * scale\n"
                        "Docstring:|\n"
                        "Return the area of the box.\n"
                        "\n"
                        "It is multiplied by scale.\n");
    assert_string_equal(p->pair[0].kind, "method");
    assert_int_equal(p->pair[0].line, 2);
    maker_job_free(&job);
}

static void comments_that_say_something(void **state) {
    (void)state;
    maker_job job = make("comment", module, 1);
    const task_pairs *p = tasks_case_pairs(&job);
    assert_int_equal(p->count, 1);
    assert_string_equal(tasks_case_pair(p, 0),
                        "Code:\n"
                        "size = self.width * self.height\n"
                        "return size * scale\n"
                        "Commented:|\n"
                        "# The sides are never negative here.\n"
                        "size = self.width * self.height\n"
                        "return size * scale\n");
    assert_int_equal(p->pair[0].line, 7);
    maker_job_free(&job);
}

// The answer of fix is the function, whatever the question; some questions are the function too.
static void fixes_give_the_function_back(void **state) {
    (void)state;
    size_t none = 0, faults = 0;
    const char *answer = strstr(module, "def check");
    for (uint64_t seed = 0; seed < 60; seed++) {
        maker_job job = make("fix", answer, seed);
        const task_pairs *p = tasks_case_pairs(&job);
        assert_int_equal(p->count, 1);
        const char *pair = tasks_case_pair(p, 0), *bar = strchr(pair, '|');
        assert_memory_equal(pair, "Buggy:\n", 7);
        assert_memory_equal(bar - 6, "Fixed:|\n", 8);
        assert_string_equal(bar + 2, answer);
        const size_t bytes = (size_t)(bar - 6 - (pair + 7));
        const bool same = bytes == strlen(answer) && memcmp(pair + 7, answer, bytes) == 0;
        assert_int_equal(same, strcmp(p->pair[0].kind, "none") == 0);
        none += same;
        faults += !same;
        maker_job_free(&job);
    }
    assert_true(none >= 5 && faults >= 30);
}

// What was put in is where the answer says it is, and the answer's line takes its place; the same
// share of functions has nothing or something harmless.
static void weaknesses_are_where_they_are_said_to_be(void **state) {
    (void)state;
    size_t weak = 0, fine = 0;
    for (uint64_t seed = 0; seed < 80; seed++) {
        maker_job job = make("secure", "def f(name):\n    a = 1\n    return a + name\n", seed);
        const task_pairs *p = tasks_case_pairs(&job);
        assert_int_equal(p->count, 1);
        const char *pair = tasks_case_pair(p, 0), *bar = strchr(pair, '|');
        unsigned cwe, line;
        assert_null(strstr(p->pair[0].kind, "unseen"));
        if (sscanf(bar + 1, " CWE-%u line %u\n", &cwe, &line) == 2) {
            char kind[TASK_KIND_MAX];
            snprintf(kind, sizeof kind, "CWE-%u", cwe);
            assert_string_equal(p->pair[0].kind, kind);
            assert_true(line == 2 || line == 3);
            weak++;
        } else {
            assert_string_equal(bar + 1, " OK\n");
            fine++;
        }
        maker_job_free(&job);
    }
    assert_true(weak >= 20 && fine >= 20);
}

static void questions_have_their_answers(void **state) {
    (void)state;
    static const struct {
        const char *kind, *answer;
    } answers[] = {{"takes", " It takes `value`.\n"},
                   {"returns", " It returns `len(value) > 1 and value[0]`.\n"},
                   {"raises", " It raises `ValueError`.\n"},
                   {"calls", " It calls `ValueError` and `len`.\n"}};
    bool seen[COUNT_OF(answers)] = {false}, absent = false;
    for (uint64_t seed = 0; seed < 60; seed++) {
        maker_job job = make("chat", strstr(module, "def check"), seed);
        const task_pairs *p = tasks_case_pairs(&job);
        for (size_t i = 0; i < p->count; i++) {
            const char *said = strchr(tasks_case_pair(p, i), '|') + 1;
            absent |= strcmp(p->pair[i].kind, "absent") == 0 && strstr(said, "is not in this code");
            for (size_t k = 0; k < COUNT_OF(answers); k++)
                if (strcmp(answers[k].kind, p->pair[i].kind) == 0) {
                    assert_string_equal(said, answers[k].answer);
                    seen[k] = true;
                }
        }
        maker_job_free(&job);
    }
    for (size_t k = 0; k < COUNT_OF(answers); k++) assert_true(seen[k]);
    assert_true(absent);
}

// Names that are set in more ways than one, or not by an assignment at all, are not asked for: the
// first assignment of them is not where they get their value.
static void only_plain_names_are_set(void **state) {
    (void)state;
    static const char text[] =
        "def f(value, *more, key=1):\n"
        "    value = value or 1\n"
        "    more = key = 2\n"
        "    for item in more:\n"
        "        item = item + 1\n"
        "    with open(key) as file:\n"
        "        file = file.x\n"
        "    left, right = more\n"
        "    left = right = 3\n"
        "    try:\n"
        "        plain = left\n"
        "    except E as error:\n"
        "        error = plain\n"
        "    import os\n"
        "    os = 1\n"
        "    return [other for other in more]\n";
    size_t seen = 0;
    for (uint64_t seed = 0; seed < 80; seed++) {
        maker_job job = make("chat", text, seed);
        const task_pairs *p = tasks_case_pairs(&job);
        for (size_t i = 0; i < p->count; i++) {
            if (strcmp(p->pair[i].kind, "set") != 0) continue;
            const char *pair = tasks_case_pair(p, i);
            if (!strstr(pair, " `plain` ") || !strstr(pair, "| On line 11.\n"))
                fail_msg("%.60s ... %s", pair, strchr(pair, '|'));
            seen++;
        }
        maker_job_free(&job);
    }
    assert_true(seen > 0);
}

#define FILES 12

static void make_many(maker_job *job, size_t threads, char text[FILES][400]) {
    const maker_options o = {.threads = threads, .seed = 5, .longest = 600};
    maker *m;
    axl_error err;
    for (size_t i = 0; i < FILES; i++) {
        snprintf(text[i], sizeof text[i], "def f%zu(a, b):\n    c = a + %zu\n    return c == b\n",
                 i, i);
        job[i] = tasks_case_job("fix", text[i]);
        job[i].dice = i;
    }
    assert_int_equal(maker_open(&m, &o, &err), AXL_OK);
    assert_int_equal(maker_run(m, job, FILES, &err), AXL_OK);
    maker_close(m);
}

static void any_number_of_threads(void **state) {
    (void)state;
    static char text[2][FILES][400];
    maker_job one[FILES], more[FILES];
    make_many(one, 1, text[0]);
    make_many(more, 3, text[1]);
    for (size_t i = 0; i < FILES; i++) {
        const task_pairs *a = tasks_case_pairs(&one[i]), *b = tasks_case_pairs(&more[i]);
        assert_true(a->count > 0);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->text.size, b->text.size);
        assert_memory_equal(a->text.data, b->text.data, a->text.size);
        maker_job_free(&one[i]);
        maker_job_free(&more[i]);
    }
}

static void what_is_no_python_is_said(void **state) {
    (void)state;
    maker_job broken = tasks_case_job("fix", "def f(:\n    pass\n");
    tasks_case_run(&broken, 1, NULL);
    assert_int_equal(broken.verdict, MAKER_BROKEN);
    assert_int_equal(tasks_case_pairs(&broken)->count, 0);
    static char deep[4001];
    memset(deep, '(', 2000);
    memset(deep + 2000, ')', 2000);
    maker_job tangled = tasks_case_job("fix", deep);
    tasks_case_run(&tangled, 1, NULL);
    assert_int_equal(tangled.verdict, MAKER_TANGLED);
    maker_job_free(&broken);
    maker_job_free(&tangled);
}

static void long_pairs_are_counted(void **state) {
    (void)state;
    buf text = {0};
    buf_text(&text, "def f(a):\n");
    for (int i = 0; i < 60; i++) buf_format(&text, "    a = a + %d\n", i);
    buf_text(&text, "    return a\n");
    maker_job job = make("fix", text.data, 1);
    assert_int_equal(tasks_case_pairs(&job)->count, 0);
    assert_int_equal(tasks_case_pairs(&job)->too_long, 1);
    maker_job_free(&job);
    buf_free(&text);
}

static axl_status make_once(void *ctx, axl_error *err) {
    maker_job job = tasks_case_job(ctx, module);
    const maker_options o = {.threads = 1, .seed = 3, .longest = 900};
    maker *m;
    axl_status status = maker_open(&m, &o, err);
    if (status == AXL_OK) status = maker_run(m, &job, 1, err);
    maker_close(m);
    maker_job_free(&job);
    return status;
}

static void memory_may_run_out(void **state) {
    (void)state;
    static char tasks[][12] = {"docs", "comment", "fix", "refactor", "secure", "chat", "translate"};
    (void)tasks_case_job("fix", "");
    for (size_t i = 0; i < COUNT_OF(tasks); i++)
        assert_true(for_each_failing_alloc(make_once, tasks[i]) >= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docs_cut_the_docstring_out),
        cmocka_unit_test(comments_that_say_something),
        cmocka_unit_test(fixes_give_the_function_back),
        cmocka_unit_test(weaknesses_are_where_they_are_said_to_be),
        cmocka_unit_test(questions_have_their_answers),
        cmocka_unit_test(only_plain_names_are_set),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(what_is_no_python_is_said),
        cmocka_unit_test(long_pairs_are_counted),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
