// Each construct and its long way, exactly; and what is left alone because the two would differ.
#include "support/unit.h"
#include "tasks/rewrite.h"
#include "tasks/tasks_case.h"

#include <stdio.h>
#include <string.h>

#define SEEDS 60

// Bodies of functions, one blank of indentation.
static const struct {
    const char *kind, *good, *longer;
} forms[] = {
    {"none_equal", " if a is None: b()\n", " if a == None: b()\n"},
    {"none_equal", " if a is not None: b()\n", " if a != None: b()\n"},
    {"not_outside", " if a not in b: c()\n", " if not a in b: c()\n"},
    {"chain", " if 0 <= a < b: c()\n", " if 0 <= a and a < b: c()\n"},
    {"chain", " if d or 0 <= a < b: c()\n", " if d or (0 <= a and a < b): c()\n"},
    {"membership", " if a in (1, 'x'): b()\n", " if a == 1 or a == 'x': b()\n"},
    {"instances", " x = isinstance(a, (b, c))\n", " x = (isinstance(a, b) or isinstance(a, c))\n"},
    {"literal", " x = []\n", " x = list()\n"},
    {"literal", " x = {}\n", " x = dict()\n"},
    {"or", " x = a or b\n", " x = a if a else b\n"},
    {"format", " x = f'{a} of {b.c}'\n", " x = '{} of {}'.format(a, b.c)\n"},
    {"augmented", " a += 1\n", " a = a + 1\n"},
    {"augmented", " a //= 2\n", " a = a // 2\n"},
    {"brackets", " while a: b()\n", " while (a): b()\n"},
    {"result", " return a(b)\n", " result = a(b)\n return result\n"},
    {"truth", " return a in b\n", " if a in b:\n     return True\n else:\n     return False\n"},
    {"conditional", " x = a if b else c\n", " if b:\n     x = a\n else:\n     x = c\n"},
    {"append", " x = [a(b) for b in c if d]\n",
     " x = []\n for b in c:\n     if d:\n         x.append(a(b))\n"},
    {"append", " x = [b for b in c]\n", " x = []\n for b in c:\n     x.append(b)\n"},
    {"nested_if", " if a and b:\n  c()\n  d()\n", " if a:\n     if b:\n      c()\n      d()\n"},
    {"else", " if a:\n  return b\n return c\n", " if a:\n  return b\n else:\n     return c\n"},
};

// What must stay, whatever the seed: the kind does not come up.
static const struct {
    const char *kind, *body;
} alone[] = {
    {"append", " x = [x for b in c]\n"},           // reads what it sets
    {"chain", " if 0 <= a() < b: c()\n"},          // would call twice
    {"membership", " if a() in (1, 2): b()\n"},    // the same
    {"or", " x = a() or b\n"},                     // the same
    {"literal", " list = a; x = []\n"},            // somebody's own
    {"augmented", " a += b\n"},                    // lists change in place
    {"format", " x = f'{a:>3} {{}}'\n"},           // a form, braces
    {"format", " x = f'{a=}'\n"},                  // shows the expression
    {"result", " result = 1; return a(result)\n"}, // the name is taken
    {"nested_if", " if a and b:\n  c()\n else:\n  d()\n"},
    {"else", " if a:\n  b()\n return c\n"},
    {"truth", " return a == b\n"}, // need not be a bool
    {"nested_if", " if a and b:\n  c('''\n  x''')\n"},
};

typedef struct want {
    const char *kind, *text;
    size_t hits;
} want;

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)err;
    want *w = ctx;
    buf out = {0};
    const char *kind = rewrite(&out, f, u);
    if (kind && strcmp(kind, w->kind) == 0) {
        w->hits++;
        if (w->text) assert_string_equal(buf_string(&out), w->text);
    }
    buf_free(&out);
    return AXL_OK;
}

static size_t rewrite_all(const char *kind, const char *body, const char *longer) {
    char text[300], wanted[300];
    snprintf(text, sizeof text, "def f():\n%s", body);
    snprintf(wanted, sizeof wanted, "def f():\n%s", longer ? longer : "");
    want w = {kind, longer ? wanted : NULL, 0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) tasks_case_units(text, seed, visit, &w);
    return w.hits;
}

static void the_long_way(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (rewrite_all(forms[i].kind, forms[i].good, forms[i].longer) == 0)
            fail_msg("never: %s", forms[i].good);
}

static void what_would_differ_stays(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(alone); i++)
        if (rewrite_all(alone[i].kind, alone[i].body, NULL) > 0)
            fail_msg("%s: %s", alone[i].kind, alone[i].body);
}

static bool clean(const char *text) {
    return rewrite_is_clean((python_span){text, strlen(text)});
}

static void clean_is_not_what_it_makes(void **state) {
    (void)state;
    assert_true(clean("def f(a):\n    return a is None\n"));
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (strcmp(forms[i].kind, "augmented") != 0 && strcmp(forms[i].kind, "chain") != 0 &&
            strcmp(forms[i].kind, "not_outside") != 0 && strcmp(forms[i].kind, "or") != 0 &&
            strcmp(forms[i].kind, "nested_if") != 0)
            assert_false(clean(forms[i].longer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_long_way),
        cmocka_unit_test(what_would_differ_stays),
        cmocka_unit_test(clean_is_not_what_it_makes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
