#include "eval/task_tests.h"

#include "base/error.h"

#include <string.h>

// A literal, or containers of such; no name is in it, nothing is called.
static bool is_literal(const python_tree *t, uint32_t n) {
    const python_kind kind = python_kind_of(t, n);
    switch (kind) {
    case PYTHON_INTEGER:
    case PYTHON_FLOAT:
    case PYTHON_TRUE:
    case PYTHON_FALSE:
    case PYTHON_NONE_VALUE:
        return true;
    case PYTHON_STRING: // but none that is made of expressions
        for (uint32_t i = n; i < t->node[n].past; i++)
            if (t->node[i].kind == PYTHON_INTERPOLATION) return false;
        return true;
    case PYTHON_UNARY:
        if (!python_reads(t, python_child(t, n, PYTHON_FIELD_OPERATOR), "-")) return false;
        break;
    case PYTHON_LIST:
    case PYTHON_TUPLE:
    case PYTHON_SET:
    case PYTHON_DICTIONARY:
    case PYTHON_PAIR:
    case PYTHON_PARENTHESES:
    case PYTHON_CONCATENATED_STRING:
    case PYTHON_LIST_SPLAT:
        break;
    default:
        return false;
    }
    const size_t parts = python_parts(t, n);
    for (size_t i = 0; i < parts; i++)
        if (!is_literal(t, python_part(t, n, i))) return false;
    return true;
}

static bool are_literals(const python_tree *t, uint32_t arguments) {
    if (python_kind_of(t, arguments) != PYTHON_ARGUMENTS) return false;
    const size_t parts = python_parts(t, arguments);
    for (size_t i = 0; i < parts; i++) {
        uint32_t n = python_part(t, arguments, i);
        if (python_kind_of(t, n) == PYTHON_KEYWORD_ARGUMENT)
            n = python_child(t, n, PYTHON_FIELD_VALUE);
        if (!is_literal(t, n)) return false;
    }
    return true;
}

// Whether the tree has a function of the name that node n of another tree is.
static bool has_function(const python_tree *t, const python_tree *of, uint32_t n) {
    const python_span name = python_span_of(of, n);
    for (uint32_t i = 0; i < t->count; i++) {
        python_definition def;
        if (python_kind_of(t, i) != PYTHON_FUNCTION || !python_definition_at(t, i, &def)) continue;
        const python_span other = python_span_of(t, def.name);
        if (other.bytes == name.bytes && memcmp(other.text, name.text, name.bytes) == 0)
            return true;
    }
    return false;
}

// "assert f(literals) == literal", with any one sign of comparison, and no message.
static bool says_something(const python_tree *t, uint32_t n, const python_tree *input) {
    if (python_kind_of(t, n) != PYTHON_ASSERT || python_parts(t, n) != 1) return false;
    const uint32_t condition = python_part(t, n, 0);
    if (python_kind_of(t, condition) != PYTHON_COMPARISON || python_parts(t, condition) != 2)
        return false;
    const uint32_t call = python_part(t, condition, 0);
    if (python_kind_of(t, call) != PYTHON_CALL) return false;
    const uint32_t function = python_child(t, call, PYTHON_FIELD_FUNCTION);
    return python_kind_of(t, function) == PYTHON_IDENTIFIER && has_function(input, t, function) &&
           are_literals(t, python_child(t, call, PYTHON_FIELD_ARGUMENTS)) &&
           is_literal(t, python_part(t, condition, 1));
}

static bool all_say(const python_tree *t, const python_tree *input) {
    if (!python_tree_valid(t) || python_first(t, 0) == PYTHON_NONE) return false;
    for (uint32_t n = 0; n < t->count; n++)
        if (t->node[n].kind == PYTHON_COMMENT) return false;
    // A semicolon is a child of the module, too.
    for (uint32_t n = python_first(t, 0); n != PYTHON_NONE; n = python_next(t, n))
        if (!says_something(t, n, input)) return false;
    return true;
}

axl_status task_tests_say(python_parser *p, python_span input, python_span tests, bool *out,
                          axl_error *err) {
    python_tree code = {.text = NULL}, asserts = {.text = NULL};
    axl_error why;
    *out = false;
    if (memchr(tests.text, '\0', tests.bytes)) return AXL_OK;
    axl_status status = python_parse(p, input.text, input.bytes, &code, &why);
    if (status == AXL_OK) status = python_parse(p, tests.text, tests.bytes, &asserts, &why);
    if (status == AXL_OK) *out = all_say(&asserts, &code);
    python_tree_free(&asserts);
    python_tree_free(&code);
    if (status == AXL_OK || status == AXL_TOO_LARGE) return AXL_OK;
    return error_set(err, status, "%s", why.text);
}
