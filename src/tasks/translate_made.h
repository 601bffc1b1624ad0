// Python functions that a grammar writes, for what real source has too little of.
#ifndef TASKS_TRANSLATE_MADE_H
#define TASKS_TRANSLATE_MADE_H

#include "base/buf.h"
#include "tasks/task.h"

// Appends a function in the translator's subset. It ends for all arguments. Numbers do not run
// away: in loops there are sums, and products that a remainder follows.
void translate_made(buf *to, task_dice *dice);

#endif
