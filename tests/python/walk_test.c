#include "python/python_case.h"
#include "support/unit.h"

#include <stdio.h>
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

static python_definition definition(const python_tree *t, python_kind kind, size_t index) {
    python_definition d;
    assert_true(python_definition_at(t, python_case_find(t, kind, index), &d));
    return d;
}

static const char *text_of(python_span s) {
    static char text[200];
    snprintf(text, sizeof text, "%.*s", (int)s.bytes, s.text);
    return text;
}

static void definitions_and_docstrings(void **state) {
    (void)state;
    if (!parser) skip();
    python_tree t =
        python_case_parse(parser,
                          "@wrap\ndef f(a):\n    # first\n    r'''What f does.'''\n    return a\n"
                          "class C(D):\n    \"doc\" 'two'\n    def g(self): 'short'\n"
                          "    async def h(self):\n        b'no'\n        f'neither'\n");
    python_definition d = definition(&t, PYTHON_FUNCTION, 0);
    assert_string_equal(text_of(python_span_of(&t, d.name)), "f");
    assert_int_equal(t.node[d.whole].kind, PYTHON_DECORATED);
    assert_string_equal(text_of(python_docstring_text(&t, d.docstring)), "What f does.");
    d = definition(&t, PYTHON_CLASS, 0);
    assert_true(d.is_class && d.parameters == PYTHON_NONE && d.docstring == PYTHON_NONE);
    d = definition(&t, PYTHON_FUNCTION, 1);
    assert_int_equal(d.whole, d.node);
    assert_string_equal(text_of(python_docstring_text(&t, d.docstring)), "short");
    d = definition(&t, PYTHON_FUNCTION, 2);
    assert_int_equal(d.docstring, PYTHON_NONE);
    assert_false(python_definition_at(&t, 0, &d));
    python_tree_free(&t);
}

static void parameters_have_names(void **state) {
    (void)state;
    if (!parser) skip();
    python_tree t = python_case_parse(
        parser, "def f(a, b: int, /, c=1, d: str = 'x', *e, g, h=2, **k: int): pass\n");
    const python_definition d = definition(&t, PYTHON_FUNCTION, 0);
    uint32_t name[16];
    const size_t count = python_parameter_names(&t, d.parameters, name, 16);
    char all[64] = "";
    for (size_t i = 0; i < count; i++) strcat(all, text_of(python_span_of(&t, name[i])));
    assert_string_equal(all, "abcdeghk");
    assert_int_equal(python_parameter_names(&t, d.parameters, name, 3), 3);
    python_tree_free(&t);
}

static void variables_are_no_attributes(void **state) {
    (void)state;
    if (!parser) skip();
    python_tree t = python_case_parse(parser,
                                      "import m.n as o\n"
                                      "def f(p):\n    global q\n    r.s(t=u)\n");
    char all[64] = "";
    for (uint32_t i = 0; i < t.count; i++)
        if (python_is_variable(&t, i)) strcat(all, text_of(python_span_of(&t, i)));
    assert_string_equal(all, "opru");
    python_tree_free(&t);
}

static void parts_and_indents(void **state) {
    (void)state;
    if (!parser) skip();
    python_tree t = python_case_parse(parser, "if a:\n    # why\n    b = c; d\n    e\n");
    const uint32_t block = python_case_find(&t, PYTHON_BLOCK, 0);
    assert_int_equal(python_parts(&t, block), 3);
    const uint32_t first = python_part(&t, block, 0), second = python_part(&t, block, 1);
    assert_string_equal(text_of(python_span_of(&t, first)), "b = c");
    assert_int_equal(python_part(&t, block, 3), PYTHON_NONE);
    assert_int_equal(python_indent(&t, first), 4);
    assert_int_equal(python_indent(&t, second), SIZE_MAX);
    assert_int_equal(python_indent(&t, python_case_find(&t, PYTHON_IF, 0)), 0);
    assert_true(python_is_statement(&t, first));
    assert_false(python_is_statement(&t, python_case_find(&t, PYTHON_ASSIGNMENT, 0)));
    assert_false(python_is_statement(&t, python_case_find(&t, PYTHON_COMMENT, 0)));
    assert_int_equal(python_around(&t, first, PYTHON_IF), python_case_find(&t, PYTHON_IF, 0));
    assert_int_equal(python_around(&t, first, PYTHON_FOR), PYTHON_NONE);
    assert_true(python_same(&t, first, first) && !python_same(&t, first, second));
    python_tree_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_and_docstrings),
        cmocka_unit_test(parameters_have_names),
        cmocka_unit_test(variables_are_no_attributes),
        cmocka_unit_test(parts_and_indents),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
