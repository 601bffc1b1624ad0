#include "tasks/task.h"

#include <string.h>

const task task_list[] = {
    {"docs", "a function, and its docstring", task_make_docs, false},
    {"comment", "lines of code, and the same with the comment that stood above", task_make_comment,
     false},
    {"fix", "a function with a fault or without, and the function", task_make_fix, false},
    {"debug", "a function with a fault and its error, and the line that is right", task_make_debug,
     true},
    {"refactor", "a function, and the same in better Python", task_make_refactor, false},
    {"secure", "a function with a weakness or without, and which", task_make_secure, false},
    {"testgen", "a function, and assertions that hold", task_make_testgen, true},
    {"translate", "a function, and the same in C or JavaScript", task_make_translate, false},
    {"chat", "a question about a function, and the answer", task_make_chat, false},
    {"reasoning", "a function and a call, and what happens in it, line by line",
     task_make_reasoning, true},
};
const size_t task_count = sizeof task_list / sizeof *task_list;
_Static_assert(sizeof task_list / sizeof *task_list <= TASKS_MAX, "a bit for each");

const task *task_find(const char *name) {
    for (size_t i = 0; i < task_count; i++)
        if (strcmp(task_list[i].name, name) == 0) return &task_list[i];
    return NULL;
}
