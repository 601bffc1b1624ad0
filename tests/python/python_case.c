#include "python/python_case.h"

#include "support/unit.h"

#include <string.h>

python_parser *python_case_open(void) {
    python_parser *p;
    axl_error err;
    if (!python_available()) {
        print_message("this build cannot read Python\n");
        skip();
    }
    if (python_open(&p, NULL, &err) != AXL_OK) fail_msg("%s", err.text);
    return p;
}

python_tree python_case_parse(python_parser *p, const char *text) {
    python_tree t;
    axl_error err;
    if (python_parse(p, text, strlen(text), &t, &err) != AXL_OK) fail_msg("%s", err.text);
    return t;
}

uint32_t python_case_find(const python_tree *t, python_kind kind, size_t index) {
    for (uint32_t i = 0; i < t->count; i++)
        if (t->node[i].kind == kind && index-- == 0) return i;
    return PYTHON_NONE;
}
