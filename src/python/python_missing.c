// The build without tree-sitter: everything is refused with the reason.
#include "python/python.h"

#include "base/error.h"

bool python_available(void) {
    return false;
}

axl_status python_open(python_parser **out, const python_limits *limits, axl_error *err) {
    (void)limits;
    *out = NULL;
    return error_set(err, AXL_UNSUPPORTED,
                     "this build cannot read Python: install libtree-sitter-dev, run "
                     "tools/get_grammar and build again");
}

void python_close(python_parser *p) {
    (void)p;
}

axl_status python_parse(python_parser *p, const char *text, size_t bytes, python_tree *out,
                        axl_error *err) {
    *out = (python_tree){.text = text, .bytes = bytes};
    return python_open(&p, NULL, err);
}

const char *python_word(const python_node *node) {
    (void)node;
    return "";
}
