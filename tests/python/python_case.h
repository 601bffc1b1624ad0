// What the tests of python/ share.
#ifndef PYTHON_PYTHON_CASE_H
#define PYTHON_PYTHON_CASE_H

#include "python/python_walk.h"

// A parser with default limits; ends the cmocka test as skipped, with the reason, where the build
// has none.
python_parser *python_case_open(void);

// The tree of a text, which must outlive it.
python_tree python_case_parse(python_parser *p, const char *text);

// The index-th node of that kind, or PYTHON_NONE.
uint32_t python_case_find(const python_tree *t, python_kind kind, size_t index);

#endif
