#include "base/alloc.h"
#include "base/buf.h"
#include "python/python_case.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static void valid_and_not(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"# only a comment", true},
        {"def f(a, *b, c=1, **d):\n    return a\n", true},
        {"async def f():\n    await g()\n", true},
        {"match x:\n    case [1, *_]:\n        pass\n", true},
        {"if (n := len(a)) > 10: print(f'{n!r:>{w}}')\n", true},
        {"class A(B, metaclass=C):\n\t'doc'\n", true},
        {"x = 1\r\ny = 2\r\n", true},
        {"s = 'caf\303\251'\n", true},
        {"def f(:\n    pass\n", false},
        {"def f()\n    pass\n", false},
        {"x = (1,\n", false},
        {"return = 3\n", false},
        {"print 'old'\n", false},
        {"exec 'old' in d\n", false},
        {"if a <> b: pass\n", false},
        {"x = 'open\n", false},
        {"plain English text, no code at all.\n", false},
        {"int main(void) { return 0; }\n", false},
    };
    python_parser *p = python_case_open();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool valid = !cases[i].valid;
        assert_int_equal(python_valid(p, cases[i].text, strlen(cases[i].text), &valid, NULL),
                         AXL_OK);
        if (valid != cases[i].valid) fail_msg("%s: %d", cases[i].text, valid);
    }
    python_close(p);
}

// Every node lies inside of its parent and behind its sibling, and the list is in their order.
static void nodes_nest(void **state) {
    (void)state;
    python_parser *p = python_case_open();
    python_tree t = python_case_parse(p,
                                      "class A:\n    def f(self, x=(1, 2)):\n"
                                      "        return [y + 1 for y in x if y]  # why\n");
    assert_false(t.broken);
    assert_int_equal(t.node[0].kind, PYTHON_MODULE);
    assert_int_equal(t.node[0].past, t.count);
    for (uint32_t i = 1; i < t.count; i++) {
        const python_node *n = &t.node[i], *outer = &t.node[n->parent];
        assert_true(n->parent < i && n->past > i && n->past <= outer->past);
        assert_true(n->begin >= outer->begin && n->end <= outer->end && n->begin <= n->end);
        const uint32_t next = python_next(&t, i);
        if (next != PYTHON_NONE) assert_true(t.node[next].begin >= n->end);
    }
    const uint32_t comment = python_case_find(&t, PYTHON_COMMENT, 0);
    assert_true(python_reads(&t, comment, "# why"));
    assert_int_equal(t.node[comment].line, 3);
    assert_string_equal(python_word(&t.node[comment]), "comment");
    const uint32_t clause = python_case_find(&t, PYTHON_FOR_IN, 0);
    assert_true(python_reads(&t, python_child(&t, clause, PYTHON_FIELD_RIGHT), "x"));
    python_tree_free(&t);
    python_close(p);
}

static axl_status parse_within(const python_limits *limits, const char *text, size_t bytes) {
    python_parser *p;
    assert_int_equal(python_open(&p, limits, NULL), AXL_OK);
    axl_error err;
    python_tree t;
    const axl_status status = python_parse(p, text, bytes, &t, &err);
    if (status != AXL_OK) {
        assert_null(t.node);
        assert_true(strlen(err.text) > 0);
    }
    python_tree_free(&t);
    python_close(p);
    return status;
}

static void limits_hold(void **state) {
    (void)state;
    python_close(python_case_open());
    buf deep = {0}, wide = {0};
    for (size_t i = 0; i < 100000; i++) buf_byte(&deep, '(');
    for (size_t i = 0; i < 60; i++) buf_byte(&wide, '[');
    for (size_t i = 0; i < 60; i++) buf_byte(&wide, ']');
    assert_int_equal(parse_within(&(python_limits){.bytes = 10}, "x = 1234567", 11), AXL_TOO_LARGE);
    assert_int_equal(parse_within(&(python_limits){.bytes = 11}, "x = 1234567", 11), AXL_OK);
    assert_int_equal(parse_within(NULL, wide.data, wide.size), AXL_OK);
    assert_int_equal(parse_within(&(python_limits){.depth = 50}, wide.data, wide.size),
                     AXL_TOO_LARGE);
    // One hundred thousand brackets: refused or a tree of errors, but neither a crash nor for ever.
    const axl_status status = parse_within(NULL, deep.data, deep.size);
    assert_true(status == AXL_OK || status == AXL_TOO_LARGE);
    // A second's worth of source is not read in a millionth of it.
    buf long_text = {0};
    for (size_t i = 0; i < 200000; i++) buf_format(&long_text, "x%zu = f(%zu)\n", i, i);
    assert_int_equal(
        parse_within(&(python_limits){.seconds = 1e-6}, long_text.data, long_text.size),
        AXL_TOO_LARGE);
    buf_free(&deep);
    buf_free(&wide);
    buf_free(&long_text);
}

// Of texts that nest and never close, most of what a parser keeps is what it may still need.
static void hostile_texts_take_bounded_memory(void **state) {
    (void)state;
    python_close(python_case_open());
    buf deep = {0};
    while (deep.size < (size_t)1 << 20) buf_text(&deep, "(a,");
    assert_true(buf_ok(&deep));
    failing_alloc_install();
    const axl_status status = parse_within(NULL, deep.data, deep.size);
    const size_t peak = failing_alloc_peak_bytes();
    failing_alloc_remove();
    assert_true(status == AXL_OK || status == AXL_TOO_LARGE);
    if (peak > (size_t)280 << 20) fail_msg("%zu bytes", peak);
    buf_free(&deep);
}

// A parser that was stopped in the middle begins the next text from its start.
static void a_stopped_parser_forgets(void **state) {
    (void)state;
    python_close(python_case_open());
    buf text = {0};
    for (size_t i = 0; i < 200000; i++) buf_format(&text, "x%zu = f(%zu)\n", i, i);
    python_parser *p;
    assert_int_equal(python_open(&p, &(python_limits){.seconds = 1e-6}, NULL), AXL_OK);
    bool valid;
    assert_int_equal(python_valid(p, text.data, text.size, &valid, NULL), AXL_TOO_LARGE);
    assert_false(valid);
    assert_int_equal(python_valid(p, "x = 1\n", 6, &valid, NULL), AXL_OK);
    assert_true(valid);
    assert_int_equal(python_valid(p, "x = = 1\n", 8, &valid, NULL), AXL_OK);
    assert_false(valid);
    python_close(p);
    buf_free(&text);
}

// The grammar's scanner remembers that it is inside of an f-string; the next text knows nothing of
// it.
static void an_open_f_string_is_forgotten(void **state) {
    (void)state;
    static const char text[] =
        "x if \\:#\n        b\n    if \\:#\n"
        "        b= f\"{a!r:>{\n  w}}";
    python_parser *p = python_case_open();
    python_tree first = python_case_parse(p, text), second = python_case_parse(p, text);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.node, second.node, first.count * sizeof *first.node);
    python_tree_free(&first);
    python_tree_free(&second);
    python_close(p);
}

static axl_status parse_once(void *ctx, axl_error *err) {
    python_parser *p;
    axl_status status = python_open(&p, NULL, err);
    bool valid;
    if (status == AXL_OK) status = python_valid(p, ctx, strlen(ctx), &valid, err);
    python_close(p);
    return status;
}

static void memory_may_run_out(void **state) {
    (void)state;
    python_close(python_case_open());
    assert_true(for_each_failing_alloc(parse_once, "def f(a):\n    return a\n") >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_and_not),
        cmocka_unit_test(nodes_nest),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_stopped_parser_forgets),
        cmocka_unit_test(an_open_f_string_is_forgotten),
        cmocka_unit_test(hostile_texts_take_bounded_memory),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
