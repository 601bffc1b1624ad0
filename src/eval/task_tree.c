#include "eval/task_tree.h"

#include "base/error.h"

#include <string.h>

// Comments, and a backslash at a line's end: outside of strings nothing else begins with one.
static bool is_layout(const python_tree *t, uint32_t n) {
    const python_span s = python_span_of(t, n);
    return t->node[n].kind == PYTHON_COMMENT || (s.bytes > 0 && *s.text == '\\');
}

static uint32_t without_layout(const python_tree *t, uint32_t n) {
    while (n != PYTHON_NONE && is_layout(t, n)) n = python_next(t, n);
    return n;
}

static bool same_bytes(const python_tree *a, uint32_t x, const python_tree *b, uint32_t y) {
    const python_span left = python_span_of(a, x), right = python_span_of(b, y);
    return left.bytes == right.bytes && memcmp(left.text, right.text, left.bytes) == 0;
}

// As deep as a tree is, which the parser bounds.
static bool same(const python_tree *a, uint32_t x, const python_tree *b, uint32_t y) {
    if (a->node[x].kind != b->node[y].kind) return false;
    uint32_t i = python_first(a, x), j = python_first(b, y);
    // Not all of a string's text is in its parts.
    if (a->node[x].kind == PYTHON_STRING || (i == PYTHON_NONE && j == PYTHON_NONE))
        return same_bytes(a, x, b, y);
    i = without_layout(a, i);
    j = without_layout(b, j);
    while (i != PYTHON_NONE && j != PYTHON_NONE) {
        if (!same(a, i, b, j)) return false;
        i = without_layout(a, python_next(a, i));
        j = without_layout(b, python_next(b, j));
    }
    return i == PYTHON_NONE && j == PYTHON_NONE;
}

static bool has_code(const python_tree *t) {
    return python_tree_valid(t) && without_layout(t, python_first(t, 0)) != PYTHON_NONE;
}

axl_status task_tree_same(python_parser *p, python_span a, python_span b, bool *out,
                          axl_error *err) {
    python_tree left = {.text = NULL}, right = {.text = NULL};
    axl_error why;
    *out = false;
    axl_status status = python_parse(p, a.text, a.bytes, &left, &why);
    if (status == AXL_OK) status = python_parse(p, b.text, b.bytes, &right, &why);
    if (status == AXL_OK) *out = has_code(&left) && has_code(&right) && same(&left, 0, &right, 0);
    python_tree_free(&left);
    python_tree_free(&right);
    if (status == AXL_OK || status == AXL_TOO_LARGE) return AXL_OK;
    return error_set(err, status, "%s", why.text);
}
