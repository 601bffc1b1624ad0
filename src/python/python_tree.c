// What needs the list of nodes only.
#include "python/python.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

void python_tree_free(python_tree *tree) {
    mem_free(tree->node);
    *tree = (python_tree){.text = NULL};
}

// The grammar still reads Python 2.
static bool is_old(const python_tree *t, const python_node *n) {
    if (n->kind == PYTHON_PRINT || n->kind == PYTHON_EXEC) return true;
    return n->kind == PYTHON_TOKEN && n->end - n->begin == 2 &&
           memcmp(t->text + n->begin, "<>", 2) == 0;
}

bool python_tree_valid(const python_tree *tree) {
    if (tree->broken) return false;
    for (size_t i = 0; i < tree->count; i++)
        if (is_old(tree, &tree->node[i])) return false;
    return true;
}

axl_status python_valid(python_parser *p, const char *text, size_t bytes, bool *valid,
                        axl_error *err) {
    *valid = false;
    python_tree tree;
    FORWARD(python_parse(p, text, bytes, &tree, err));
    *valid = python_tree_valid(&tree);
    python_tree_free(&tree);
    return AXL_OK;
}
