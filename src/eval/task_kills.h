// What assertions are worth: how many faulty twins of a function they tell from it.
#ifndef EVAL_TASK_KILLS_H
#define EVAL_TASK_KILLS_H

#include "python/python_walk.h"
#include "sandbox/sandbox.h"

#include <axl/status.h>

#define TASK_MUTANTS 5     // twins, where so many can be made
#define TASK_ASSERTIONS 16 // more are not looked at

// Assertions about the input that say something (task_tests.h). Borrows everything.
typedef struct task_kills {
    python_parser *parser;
    const sandbox *box;
    python_span input, tests;
    bool hold; // all of them do, as somebody has found out
} task_kills;

// *out: the share of the twins that fail, or take too long, at the assertions which hold for the
// function itself; 0 where none does, NAN where there is no twin. Twins have one fault each, of the
// kinds of the task fix that leave it Python with all its names, and are the same for whoever asks.
axl_status task_kills_share(const task_kills *k, double *out, axl_error *err);

#endif
