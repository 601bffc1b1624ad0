// Whether two texts are the same Python, however they are laid out.
#ifndef EVAL_TASK_TREE_H
#define EVAL_TASK_TREE_H

#include "python/python_walk.h"

#include <axl/status.h>

// *out: both are valid, and their trees are the same but for blanks, comments and where lines end.
// Brackets and the quotes of strings are part of a tree. A text beyond the parser's limits, or with
// nothing in it, is like no other.
axl_status task_tree_same(python_parser *p, python_span a, python_span b, bool *out,
                          axl_error *err);

#endif
