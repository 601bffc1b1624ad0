// Faults: one line differs, what is no Python any more is no Python, and every kind comes up.
#include "support/unit.h"
#include "tasks/mutate.h"
#include "tasks/tasks_case.h"

#include <string.h>

#define SEEDS 400

static const char source[] =
    "async def f(self, a, b=3):\n"
    "    \"\"\"Keep == me.\"\"\"\n"
    "    total = 10\n"
    "    if a == b and not total:\n"
    "        total += self.size(a, b)\n"
    "    while total < len(b):\n"
    "        total = total + a.width\n"
    "    name = 'x' if a else b.height\n"
    "    await self.go(name, total)\n"
    "    return total\n";

static const char *const all_kinds[] = {
    "comparison", "operator",  "logic",  "constant", "condition", "arguments",
    "variable",   "attribute", "return", "self",     "await",     "colon",
    "bracket",    "quote",     "equal",  "keyword",  "indent",    "name"};
#define KINDS COUNT_OF(all_kinds)

typedef struct seen {
    bool kind[KINDS];
    unsigned groups;
} seen;

static size_t lines_of(const char *text) {
    size_t lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

// All lines but one are the same, and the docstring is.
static void look_at(const char *is, const mutation *m) {
    assert_string_not_equal(is, source);
    assert_int_equal(lines_of(is), lines_of(source));
    const char *a = source, *b = is;
    for (uint32_t line = 1; *a; line++) {
        const size_t was = strcspn(a, "\n"), now = strcspn(b, "\n");
        const bool same = was == now && memcmp(a, b, was) == 0;
        assert_int_equal(same, line != m->line);
        a += was + 1;
        b += now + 1;
    }
    assert_true(m->line != 2);
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)err;
    seen *s = ctx;
    buf bad = {0};
    mutation m;
    assert_true(mutate(&bad, f, u, s->groups, &m));
    look_at(buf_string(&bad), &m);
    if (s->groups == MUTATE_SYNTAX) assert_false(task_valid(f, &bad));
    if (s->groups == MUTATE_MEANING || s->groups == MUTATE_NAME) assert_true(task_valid(f, &bad));
    size_t i = 0;
    while (i < KINDS && strcmp(all_kinds[i], m.kind) != 0) i++;
    assert_true(i < KINDS);
    s->kind[i] = true;
    buf_free(&bad);
    return AXL_OK;
}

static void every_kind_of_fault(void **state) {
    (void)state;
    seen s = {.groups = 0};
    static const unsigned groups[] = {MUTATE_MEANING, MUTATE_SYNTAX, MUTATE_NAME, MUTATE_INDENT};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        s.groups = groups[seed % 4];
        tasks_case_units(source, seed, visit, &s);
    }
    for (size_t i = 0; i < KINDS; i++)
        if (!s.kind[i]) fail_msg("no fault of kind %s", all_kinds[i]);
}

static axl_status expect_none(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)err;
    (void)ctx;
    buf bad = {0};
    mutation m;
    assert_false(mutate(&bad, f, u, MUTATE_MEANING | MUTATE_NAME, &m));
    buf_free(&bad);
    return AXL_OK;
}

static void nothing_to_get_wrong(void **state) {
    (void)state;
    tasks_case_units("def f():\n    pass\n", 1, expect_none, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_fault),
                                       cmocka_unit_test(nothing_to_get_wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
