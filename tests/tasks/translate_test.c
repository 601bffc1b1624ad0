// Translations, exactly; functions outside of the subset, which have none; the grammar's functions,
// which all have one. What translations do when they run is in translate_truth.py.
#include "support/unit.h"
#include "tasks/tasks_case.h"
#include "tasks/translate.h"
#include "tasks/translate_made.h"

#include <stdio.h>
#include <string.h>

// The translation of the first function of a text, or "" where there is none.
static const char *translated(const char *text, translate_target target) {
    static char out[4096];
    if (!python_available()) {
        print_message("this build cannot read Python\n");
        skip();
    }
    python_parser *p;
    python_tree tree;
    python_definition def;
    axl_error err;
    buf to = {0};
    assert_int_equal(python_open(&p, NULL, &err), AXL_OK);
    assert_int_equal(python_parse(p, text, strlen(text), &tree, &err), AXL_OK);
    assert_true(python_tree_valid(&tree));
    uint32_t n = 0;
    while (!python_definition_at(&tree, n, &def)) n++;
    const bool good = translate(&to, &tree, &def, target);
    assert_true(buf_ok(&to));
    assert_int_equal(good, to.size > 0); // nothing is left behind
    snprintf(out, sizeof out, "%s", buf_string(&to));
    buf_free(&to);
    python_tree_free(&tree);
    python_close(p);
    return out;
}

static const char euclid[] =
    "def gcd(a, b):\n"
    "    # The last that is not 0.\n"
    "    while b:\n"
    "        a, b = b, a % b  # as ever\n"
    "    return a\n";

static void to_c(void **state) {
    (void)state;
    assert_string_equal(translated(euclid, TRANSLATE_C),
                        "#include <stdint.h>\n"
                        "\n"
                        "static int64_t floor_mod(int64_t a, int64_t b) {\n"
                        "    int64_t r = a % b;\n"
                        "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n"
                        "}\n"
                        "\n"
                        "int64_t gcd(int64_t a, int64_t b) {\n"
                        "    // The last that is not 0.\n"
                        "    while (b != 0) {\n"
                        "        {\n"
                        "            const int64_t next1 = b;\n"
                        "            const int64_t next2 = floor_mod(a, b);\n"
                        "            a = next1;\n"
                        "            b = next2;\n"
                        "        } // as ever\n"
                        "    }\n"
                        "    return a;\n"
                        "}\n");
}

static void to_javascript(void **state) {
    (void)state;
    assert_string_equal(translated("def f(xs, k):\n"
                                   "    out = []\n"
                                   "    for i, x in enumerate(xs):\n"
                                   "        if x not in out and i % 2 == 0:\n"
                                   "            out.append((x + k) // 2)\n"
                                   "    return out\n",
                                   TRANSLATE_JAVASCRIPT),
                        "function f(xs, k) {\n"
                        "    const out = [];\n"
                        "    for (const [i, x] of xs.entries()) {\n"
                        "        if (!out.includes(x) && i % 2 === 0) {\n"
                        "            out.push(Math.floor((x + k) / 2));\n"
                        "        }\n"
                        "    }\n"
                        "    return out;\n"
                        "}\n");
}

static void outside_of_the_subset(void **state) {
    (void)state;
    static const char *const texts[] = {
        "def f():\n    return 1\n",
        "def f(a):\n    return a / 2\n",
        "def f(a):\n    return 'text'\n",
        "def f(a):\n    return a.b\n",
        "def f(a):\n    return g(a)\n",
        "def f(a):\n    return None\n",
        "def f(a):\n    if a:\n        return 1\n",
        "def f(a):\n    if a > 1:\n        return a\n    return a > 0\n",
        "def f(a):\n    raise ValueError\n",
        "def f(*a):\n    return 1\n",
        "def f(a):\n    for i in range(a):\n        pass\n    return i\n",
        "def f(a):\n    for i in range(a):\n        i += 1\n    return a\n",
        "def f(a):\n    for i in range(a, 1, a):\n        a += i\n    return a\n",
        "def f(a):\n    while a:\n        a -= 1\n    else:\n        a = 2\n    return a\n",
        "def f(a):\n    return a[0] + a\n",
        "def f(a):\n    a = [a]\n    return a\n",
        "def f(a):\n    return a // 0\n",
        "def f(a):\n    return 2000000000 * 3\n",
        "def f(a):\n    return 99999999999999999999\n",
        "def f(a):\n    return a and 1\n",
        "def f(int64_t):\n    return int64_t\n",
        "def f(a, new):\n    return a + new\n",
        "async def f(a):\n    return a\n",
        "@cached\ndef f(a):\n    return a\n",
        "def f(a: float):\n    return a\n",
        "def f(a):\n    b = c = a\n    return b + c\n",
        "def f(a):\n    return [b for b in a]\n",
        "def f(a):\n    yield a\n",
        "def f(a):\n    # C goes on behind this \\\n    return a\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        for (int target = 0; target < TRANSLATE_TARGETS; target++)
            if (*translated(texts[i], (translate_target)target))
                fail_msg("translated: %s", texts[i]);
}

static void what_one_language_has_not(void **state) {
    (void)state;
    static const char *const no_c[] = {"def f(a, b=1):\n    return a + b\n",
                                       "def f(a):\n    return a + [1]\n",
                                       "def f(xs):\n    return sum(xs)\n"};
    for (size_t i = 0; i < COUNT_OF(no_c); i++) {
        assert_string_equal(translated(no_c[i], TRANSLATE_C), "");
        assert_true(*translated(no_c[i], TRANSLATE_JAVASCRIPT));
    }
    static const char bits[] = "def f(a, b):\n    return a ^ b\n"; // 32 of them in JavaScript
    assert_string_equal(translated(bits, TRANSLATE_JAVASCRIPT), "");
    assert_true(*translated(bits, TRANSLATE_C));
}

// Every function of the grammar is in the subset; the same dice write the same.
static void the_grammar(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        task_dice dice = {.key = rng_key(seed, 1)}, again = dice;
        buf text = {0}, same = {0};
        translate_made(&text, &dice);
        translate_made(&same, &again);
        assert_true(buf_ok(&text) && buf_ok(&same));
        assert_string_equal(text.data, same.data);
        if (!*translated(text.data, TRANSLATE_JAVASCRIPT)) fail_msg("refused: %s", text.data);
        if (!strstr(text.data, "out = []") && !*translated(text.data, TRANSLATE_C))
            fail_msg("refused in C: %s", text.data);
        buf_free(&text);
        buf_free(&same);
    }
}

// Names do not make another function of one: a pair is known by what it does.
static void pairs_of_a_file(void **state) {
    (void)state;
    maker_job job = tasks_case_job("translate",
                                   "import os\n"
                                   "def f(a):\n    return a + 1\n"
                                   "def g(b):\n    return b + 1\n"
                                   "class A:\n    def h(a):\n        return a + 1\n");
    tasks_case_run(&job, 1, NULL);
    const task_pairs *p = tasks_case_pairs(&job);
    assert_true(p->count > 4);
    assert_string_equal(tasks_case_pair(p, 1),
                        "Translate:\n"
                        "def f(a):\n"
                        "    return a + 1\n"
                        "Language: JavaScript\n"
                        "Result:|\n"
                        "function f(a) {\n"
                        "    return a + 1;\n"
                        "}\n");
    assert_string_equal(p->pair[0].kind, "c");
    assert_string_equal(p->pair[1].kind, "javascript");
    assert_int_equal(p->pair[2].line, 4);
    assert_true(p->pair[0].source == p->pair[3].source);
    for (size_t i = 4; i < p->count; i++) {
        assert_int_equal(p->pair[i].line, 0);
        assert_non_null(strstr(p->pair[i].kind, "_made"));
        assert_true(p->pair[i].source != p->pair[0].source);
    }
    maker_job_free(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_c),
        cmocka_unit_test(to_javascript),
        cmocka_unit_test(outside_of_the_subset),
        cmocka_unit_test(what_one_language_has_not),
        cmocka_unit_test(the_grammar),
        cmocka_unit_test(pairs_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
