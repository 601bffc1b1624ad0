// Any bytes as Python source, within small limits: the nodes nest, a tree that is valid has no
// errors in it, and reading the same bytes again gives the same tree.
#include "fuzz_target.h"
#include "python/python_walk.h"

#include <string.h>

static void check_node(const python_tree *t, uint32_t i) {
    const python_node *n = &t->node[i];
    FUZZ_CHECK(n->begin <= n->end && n->end <= t->bytes);
    FUZZ_CHECK(n->past > i && n->past <= t->count);
    FUZZ_CHECK((n->parent == PYTHON_NONE) == (i == 0));
    if (i > 0) {
        const python_node *outer = &t->node[n->parent];
        FUZZ_CHECK(n->parent < i && n->past <= outer->past && n->end <= outer->end);
    }
    if (n->kind == PYTHON_ERROR || n->missing) FUZZ_CHECK(!python_tree_valid(t));
    python_definition d;
    uint32_t names[4];
    if (python_definition_at(t, i, &d)) {
        const python_span s = python_docstring_text(t, d.docstring);
        FUZZ_CHECK(s.bytes <= n->end - n->begin);
        FUZZ_CHECK(python_parameter_names(t, d.parameters, names, 4) <= 4);
    }
    (void)python_is_variable(t, i);
    const size_t indent = python_indent(t, i);
    FUZZ_CHECK(indent == SIZE_MAX || indent <= n->begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!python_available()) return 0;
    const python_limits limits = {.bytes = 1 << 16, .depth = 200, .seconds = 5};
    python_parser *p;
    FUZZ_CHECK(python_open(&p, &limits, NULL) == AXL_OK);
    python_tree a, b;
    const axl_status status = python_parse(p, (const char *)data, size, &a, NULL);
    FUZZ_CHECK(status == AXL_OK || status == AXL_TOO_LARGE);
    for (uint32_t i = 0; i < a.count; i++) check_node(&a, i);
    FUZZ_CHECK(python_parse(p, (const char *)data, size, &b, NULL) == status);
    FUZZ_CHECK(a.count == b.count && a.broken == b.broken);
    FUZZ_CHECK(a.count == 0 || memcmp(a.node, b.node, a.count * sizeof *a.node) == 0);
    python_tree_free(&a);
    python_tree_free(&b);
    python_close(p);
    return 0;
}
