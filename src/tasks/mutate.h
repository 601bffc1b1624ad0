// One fault put into a function, of the kinds that people make.
#ifndef TASKS_MUTATE_H
#define TASKS_MUTATE_H

#include "tasks/task_unit.h"

typedef enum mutate_group {
    MUTATE_MEANING = 1, // still Python, and does something else
    MUTATE_SYNTAX = 2,  // no Python any more
    MUTATE_NAME = 4,    // a name that nothing has: an error when it is run
    MUTATE_INDENT = 8   // a blank more or less, which may or may not be Python: ask Python
} mutate_group;

typedef struct mutation {
    const char *kind; // a constant
    uint32_t line;    // of the unit's text, where the fault is
} mutation;

// Replaces *to by the unit's text with one fault of the groups. False where none could be put in.
bool mutate(buf *to, task_file *f, const task_unit *u, unsigned groups, mutation *out);

#endif
