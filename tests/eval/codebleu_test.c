// CodeBLEU against golden vectors of the reference implementation, which are read from the folder
// in AXL_BENCHMARKS, and on cases that are small enough to count by hand.
#include "base/alloc.h"
#include "eval/codebleu.h"
#include "eval/codebleu_edges.h"
#include "os/file.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static python_parser *parser;

static int open_parser(void **state) {
    (void)state;
    return python_available() && python_open(&parser, NULL, NULL) != AXL_OK ? -1 : 0;
}

static int close_parser(void **state) {
    (void)state;
    python_close(parser);
    return 0;
}

static python_span span(const char *text) {
    return (python_span){text, strlen(text)};
}

static codebleu_score score(const char *reference, const char *prediction) {
    codebleu c = {0};
    axl_error err;
    if (codebleu_add(&c, parser, span(reference), span(prediction), &err) != AXL_OK)
        fail_msg("%s", err.text);
    return codebleu_result(&c);
}

static void check_near(double got, double want, double within) {
    if (!(fabs(got - want) <= within)) fail_msg("%.9f is not %.9f", got, want);
}

// ---- golden vectors ----

static void check_line(const char *line, size_t bytes, size_t number) {
    static const char *const names[5] = {"codebleu", "ngram_match_score",
                                         "weighted_ngram_match_score", "syntax_match_score",
                                         "dataflow_match_score"};
    json_t *row = json_loadb(line, bytes, 0, NULL);
    assert_non_null(row);
    const codebleu_score s = score(json_string_value(json_object_get(row, "reference")),
                                   json_string_value(json_object_get(row, "prediction")));
    const double got[5] = {s.codebleu, s.ngram, s.weighted, s.syntax, s.dataflow};
    for (size_t i = 0; i < 5; i++) {
        const json_t *want = json_object_get(row, names[i]);
        assert_true(json_is_number(want));
        if (fabs(got[i] - json_number_value(want)) > 1e-4)
            fail_msg("line %zu, %s: %.9f is not %.9f", number, names[i], got[i],
                     json_number_value(want));
    }
    json_decref(row);
}

static void golden_vectors(void **state) {
    (void)state;
    const char *folder = getenv("AXL_BENCHMARKS");
    char path[4096];
    void *data = NULL;
    size_t bytes = 0, lines = 0;
    snprintf(path, sizeof path, "%s/codebleu/codebleu_python_golden.jsonl", folder ? folder : "");
    if (!parser || !folder || os_file_read(path, (size_t)1 << 24, &data, &bytes, NULL) != AXL_OK) {
        print_message("no golden vectors: AXL_BENCHMARKS names no folder with codebleu/\n");
        skip();
    }
    for (char *at = data, *end = at + bytes; at < end; lines++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t length = newline ? (size_t)(newline - at) : (size_t)(end - at);
        check_line(at, length, lines + 1);
        at += length + 1;
    }
    assert_int_equal(lines, 172);
    mem_free(data);
}

// ---- by hand ----

static void published_examples(void **state) {
    (void)state;
    if (!parser) skip();
    codebleu_score s = score("def test ( ) :\n pass", "some rannnndom words in length more than 3");
    check_near(s.codebleu, 0.25, 1e-9);
    s = score("def bar ( x ) :\n    return x", "def foo ( x ) :\n    return x * x");
    check_near(s.codebleu, 0.6141734671916459, 1e-9);
    check_near(s.syntax, 0.2, 1e-12);
    s = score("def foo ( x ) :\n    return x", "def foo ( x ) :\n    return x");
    check_near(s.codebleu, 1, 1e-12);
}

static void parts_by_hand(void **state) {
    (void)state;
    if (!parser) skip();
    // Words: 2 of 3 match, one bigram of two, no trigram of one and no 4-gram, which count 0.1
    // of 1.
    codebleu c = {0};
    assert_int_equal(codebleu_words(&c, span("if a b"), span("if a c"), NULL), AXL_OK);
    c.pairs = 1;
    codebleu_score s = codebleu_result(&c);
    check_near(s.ngram, pow(2.0 / 3 * 0.5 * 0.1 * 0.1, 0.25), 1e-12);
    check_near(s.weighted, pow(1.2 / 1.4 * 0.5 * 0.1 * 0.1, 0.25), 1e-12);
    // A prediction that is shorter pays for it; the order of two words matters.
    s = score("a b c d e f", "a b c d");
    check_near(s.ngram, exp(1 - 6.0 / 4), 1e-12);
    c = (codebleu){.pairs = 1};
    assert_int_equal(codebleu_words(&c, span("a b"), span("b a"), NULL), AXL_OK);
    check_near(c.match[0][0], 2, 0);
    check_near(c.match[0][1], 0, 0);
    // Names do not count in the syntax, a kind does.
    assert_true(score("x = y", "p = q").syntax == 1);
    assert_true(score("x = y", "p = 1").syntax < 1);
    // y comes from x in both, whatever they are called; in the last from nothing.
    assert_true(score("x = 1\ny = x", "a = 1\nb = a").dataflow == 1);
    assert_true(score("x = 1\ny = x", "a = 1\nb = 2").dataflow < 1);
    assert_true(score("pass", "pass").dataflow == 0);
    // A string that is unpacked has as many parts as there are names: the reference fails there.
    assert_true(score("a, b, c = 'abc'\nd = a", "a, b, c = 'abc'\nd = a").dataflow == 0);
    // One word: the weighted part takes the reference for two words long.
    const double word = pow(0.001, 0.25);
    check_near(score("pass", "pass").codebleu, (word + exp(-1) * word + 1 + 1) / 4, 1e-12);
}

static void nothing_is_no_score(void **state) {
    (void)state;
    if (!parser) skip();
    const codebleu c = {0};
    assert_true(codebleu_result(&c).codebleu == 0);
    assert_true(score("x = 1", "").ngram == 0);
    const codebleu_score s = score("", "");
    assert_true(isfinite(s.codebleu) && s.ngram == 0);
}

static void comments_and_docstrings_go(void **state) {
    (void)state;
    static const struct {
        const char *text, *want; // NULL: the tokenizer fails
    } cases[] = {
        {"", ""},
        {"x = 1 # one", "x = 1 "},
        {"# all\n\nx = 1\n", "x = 1"},
        {"def f():\n    'doc'\n    return 'no doc'\n", "def f():\n    return 'no doc'"},
        {"def f():\n\tx = 1\n\ty = 2\n", "def f():\n\tx = 1\n y = 2"},
        {"x = f('a',\n  'b')", "x = f('a',\n  'b')"},
        {"x = 1 + \\\n  2\n", "x = 1 +  2"},
        {"x = \"\"\"a\n\nb\"\"\" + c\n", "x = \"\"\"a\nb\"\"\" + c"},
        {"'doc'; x = rb'#'\n", "; x = rb'#'"},
        {"x = 1e5 if 0x1f else .5j\n", "x = 1e5 if 0x1f else .5j"},
        {"x = (1,\n", NULL},
        {"x = '''open\n", NULL},
        {"if a:\n        b\n    c\n", NULL},
        {"x = \\", "x = \\"},
        {"x = 1 \\\n", NULL},
        {"x = 'open\ny = 2", "x = 'open\ny = 2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf out = {0};
        const bool ok = codebleu_strip(span(cases[i].text), &out);
        if (ok != (cases[i].want != NULL)) fail_msg("%s: %d", cases[i].text, ok);
        if (ok) assert_string_equal(buf_string(&out), cases[i].want);
        buf_free(&out);
    }
}

// What CPython 3.11 prints of a set of these with PYTHONHASHSEED=12348.
static void names_are_ordered_as_in_a_set(void **state) {
    (void)state;
    flow f = {.count = 0};
    flow_list names = {0};
    static const char *const words[] = {"a",    "b",        "c", "foo", "bar",   "zz_x", "i", "j",
                                        "nums", "\303\251", "l", "len", "range", "self", "x", "y"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_true(flow_token(&f, span(words[i])));
        assert_true(flow_list_add(&names, f.token[i]));
    }
    assert_true(flow_list_add(&names, f.token[3]));
    assert_true(flow_order_names(&f, &names));
    assert_int_equal(names.count, COUNT_OF(words));
    char all[128] = "";
    for (size_t i = 0; i < names.count; i++) {
        strcat(all, flow_text(&f, names.item[i]));
        strcat(all, " ");
    }
    assert_string_equal(all, "l x \303\251 foo zz_x bar i j len b self y a nums c range ");
    flow_list_free(&names);
    flow_free(&f);
}

static void endless_loops_are_refused(void **state) {
    (void)state;
    if (!parser) skip();
    buf text = {0};
    for (size_t i = 0; i < 24; i++) {
        buf_fill(&text, ' ', i);
        buf_format(&text, "for i%zu in r:\n", i);
    }
    buf_fill(&text, ' ', 24);
    buf_text(&text, "x = 1\n");
    codebleu c = {0};
    axl_error err;
    assert_int_equal(codebleu_add(&c, parser, span(text.data), span("x = 1"), &err), AXL_TOO_LARGE);
    assert_int_equal(c.pairs, 0);
    assert_true(c.total[0][0] == 0);
    buf_free(&text);
}

static axl_status add_once(void *ctx, axl_error *err) {
    codebleu *c = ctx;
    return codebleu_add(c, parser,
                        span("def f(a, b=1):\n    for i in a:\n        if i:\n            b += i\n"
                             "        else:\n            b = a\n    return b\n"),
                        span("def f(a):\n    while a:\n        a = a - 1\n    return a\n"), err);
}

static void memory_may_run_out(void **state) {
    (void)state;
    if (!parser) skip();
    // Its own parser, whose memory comes from the hook as well.
    python_parser *outer = parser;
    parser = NULL;
    failing_alloc_install();
    assert_int_equal(python_open(&parser, NULL, NULL), AXL_OK);
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        codebleu c = {0};
        failing_alloc_fail_at(n, false);
        const axl_status status = add_once(&c, NULL);
        failing_alloc_fail_at(0, false);
        assert_true(status == AXL_OK || status == AXL_NO_MEMORY);
        if (status == AXL_OK) break;
        failures++;
    }
    assert_true(failures > 20);
    python_close(parser);
    failing_alloc_remove();
    parser = outer;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_vectors),
        cmocka_unit_test(published_examples),
        cmocka_unit_test(parts_by_hand),
        cmocka_unit_test(nothing_is_no_score),
        cmocka_unit_test(comments_and_docstrings_go),
        cmocka_unit_test(names_are_ordered_as_in_a_set),
        cmocka_unit_test(endless_loops_are_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
