// Pairs that are made by running code, and what was made proved by running it once more.
#include "base/strings.h"
#include "support/unit.h"
#include "tasks/tasks_case.h"

#include <string.h>

static sandbox *box;

static int open_box(void **state) {
    (void)state;
    axl_error err;
    const axl_status status = sandbox_open(&box, NULL, &err);
    if (status == AXL_UNSUPPORTED) print_message("skipped: %s\n", err.text);
    return status == AXL_OK || status == AXL_UNSUPPORTED ? 0 : -1;
}

static int close_box(void **state) {
    (void)state;
    sandbox_close(box);
    return 0;
}

static maker_job make(const char *name, const char *text, uint64_t seed) {
    if (!box) skip();
    maker_job job = tasks_case_job(name, text);
    tasks_case_run(&job, seed, box);
    assert_int_equal(job.verdict, MAKER_FINE);
    return job;
}

static bool runs(const char *program) {
    sandbox_result r;
    axl_error err;
    if (sandbox_run(box, program, &sandbox_usual, &r, &err) != AXL_OK) fail_msg("%s", err.text);
    const bool good = r.end == SANDBOX_ENDED && r.code == 0;
    sandbox_result_free(&r);
    return good;
}

// Functions that may be called with anything, and one that does not depend on its arguments alone,
// one that never ends, one that would leave the sandbox if it could.
static const char pure[] =
    "def count(text, letter='a'):\n"
    "    total = 0\n"
    "    for c in text:\n"
    "        if c == letter:\n"
    "            total += 1\n"
    "    return total + len(text)\n"
    "\n"
    "def impure(a):\n"
    "    return time.time() + a\n"
    "\n"
    "def endless(a):\n"
    "    while True:\n"
    "        a = [a]\n"
    "    return a\n"
    "\n"
    "def fixed(a):\n"
    "    return 1\n"
    "\n"
    "def away(a):\n"
    "    open('/tmp/x', 'w')\n"
    "    return a\n";

static void assertions_hold(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed < 4; seed++) {
        maker_job job = make("testgen", pure, seed);
        const task_pairs *p = tasks_case_pairs(&job);
        assert_int_equal(p->count, 1); // all others cannot be tested, or not usefully
        const task_pair *pair = &p->pair[0];
        assert_int_equal(pair->line, 1);
        assert_memory_equal(p->text.data + pair->prompt, "Code:\ndef count", 15);
        // The function with its assertions; and one that is wrong fails.
        buf program = {0};
        buf_append(&program, p->text.data + pair->prompt + 6,
                   pair->completion - pair->prompt - 6 - strlen("Tests:"));
        buf_append(&program, p->text.data + pair->completion, pair->end - pair->completion);
        assert_non_null(strstr(program.data, "assert count("));
        assert_true(runs(program.data));
        buf_text(&program, "assert count('a') == 3\n");
        assert_false(runs(program.data));
        buf_free(&program);
        maker_job_free(&job);
    }
}

static void traces_are_what_happens(void **state) {
    (void)state;
    maker_job job = make("reasoning", "def f(a):\n    b = a\n    a = a\n    return [b, 1]\n", 2);
    const task_pairs *p = tasks_case_pairs(&job);
    assert_int_equal(p->count, 1);
    const char *pair = tasks_case_pair(p, 0);
    const char *call = strstr(pair, "Call: f("), *trace = strstr(pair, ")\nTrace:|\n2: b = ");
    assert_non_null(call);
    assert_non_null(trace);
    // The argument comes back in the trace and in the result.
    char argument[64] = "", wanted[200];
    memcpy(argument, call + 8, (size_t)(trace - call - 8));
    string_format(wanted, sizeof wanted, NULL, ")\nTrace:|\n2: b = %s\n=> [%s, 1]\n", argument,
                  argument);
    assert_string_equal(trace, wanted);
    maker_job_free(&job);
}

// What stands in the line that the answer names makes the program good again.
static void errors_name_their_line(void **state) {
    (void)state;
    static const char source[] =
        "def f(self, items):\n"
        "    total = self.start()\n"
        "    for item in items:\n"
        "        total = total + item.size\n"
        "    return self.end(total)\n";
    bool syntax = false, name = false;
    for (uint64_t seed = 0; seed < 12; seed++) {
        maker_job job = make("debug", source, seed);
        const task_pairs *p = tasks_case_pairs(&job);
        for (size_t i = 0; i < p->count; i++) {
            const char *pair = tasks_case_pair(p, i);
            const char *error = strstr(pair, "\nError: "), *fix = strstr(pair, "\nFix:| line ");
            assert_memory_equal(pair, "Code:\n", 6);
            assert_true(error && fix && error < fix);
            const int line = fix[12] - '0';
            const char *was = source;
            for (int k = 1; k < line; k++) was = strchr(was, '\n') + 1;
            const size_t bytes = strcspn(was, "\n") + 1;
            assert_int_equal(fix[13], '\n');
            assert_memory_equal(fix + 14, was, bytes);
            assert_int_equal(fix[14 + bytes], '\0');
            syntax |= strstr(error, "SyntaxError: ") != NULL;
            name |= strstr(error, "NameError: name '") != NULL;
        }
        maker_job_free(&job);
    }
    assert_true(syntax && name);
}

// A function that ends the interpreter costs its own pairs only: those before and behind it stay,
// and stay with their functions.
static void one_that_ends_everything(void **state) {
    (void)state;
    static const char source[] =
        "def away(a):\n    import posix\n    posix._exit(0 if a else 1)\n"
        "def stop(a):\n    raise SystemExit(a)\n"
        "def fine(first):\n    total = first\n    return total\n"
        "def fill(a):\n    import posix\n    posix.write(4, b'9' * 99)\n    posix._exit(0)\n"
        "def late(second):\n    count = second\n    return count\n";
    bool found = false, behind = false;
    for (uint64_t seed = 0; seed < 8; seed++) {
        maker_job job = make("debug", source, seed);
        const task_pairs *p = tasks_case_pairs(&job);
        for (size_t i = 0; i < p->count; i++)
            if (strstr(tasks_case_pair(p, i), "NameError: ")) {
                found |= p->pair[i].line == 6;
                behind |= p->pair[i].line == 13;
            }
        maker_job_free(&job);
    }
    assert_true(found && behind);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assertions_hold),
        cmocka_unit_test(traces_are_what_happens),
        cmocka_unit_test(errors_name_their_line),
        cmocka_unit_test(one_that_ends_everything),
    };
    return cmocka_run_group_tests(tests, open_box, close_box);
}
