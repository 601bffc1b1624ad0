// Whether assertions that a model wrote say something about a function, so that it is worth while,
// and safe, to run them where the judge is.
#ifndef EVAL_TASK_TESTS_H
#define EVAL_TASK_TESTS_H

#include "python/python_walk.h"

#include <axl/status.h>

// *out: the text is assertions alone, and each compares a call of a function of the input with a
// literal; the arguments are literals as well. Remarks, messages and whatever else could make an
// assertion hold by itself, or do something, are not in it. A text beyond the parser's limits says
// nothing.
axl_status task_tests_say(python_parser *p, python_span input, python_span tests, bool *out,
                          axl_error *err);

#endif
