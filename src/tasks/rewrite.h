// Good Python made worse without a change of what it does: the way back is what Refactor asks for.
#ifndef TASKS_REWRITE_H
#define TASKS_REWRITE_H

#include "tasks/task_unit.h"

// Replaces *to by the unit's text with one construct written the long way. NULL where there is none
// to be found, else the kind: a constant.
const char *rewrite(buf *to, task_file *f, const task_unit *u);

// Whether nothing in the text looks like what rewrite makes: then the answer is the text itself.
bool rewrite_is_clean(python_span text);

#endif
