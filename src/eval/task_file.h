// The questions of a task and the answers that are right, as axl data make writes them: JSONL with
// the strings prompt and completion; kind, which says what kind of question it is; and project,
// what the question was made of.
#ifndef EVAL_TASK_FILE_H
#define EVAL_TASK_FILE_H

#include "python/python_walk.h"

#include <axl/status.h>
#include <stdint.h>

#define TASK_FILE_BYTES ((size_t)1 << 30) // a longer file is refused

typedef struct task_question {
    python_span prompt, answer;
    python_span
        input; // of the prompt, without a title above it and the one that the answer follows
    python_span kind, project; // {"", 0}: not said
    uint64_t line;             // of the file, from 1
} task_question;

// {0} is empty. The texts lie in `text`.
typedef struct task_questions {
    task_question *list; // [count], owned
    size_t count, capacity;
    void *text;      // owned
    size_t *group;   // [count], owned: the first question of the same project; NULL: not grouped
    size_t projects; // groups
} task_questions;

// AXL_BAD_FILE names the line that is no such object. Nothing to free after a failure.
axl_status task_questions_read(task_questions *out, const char *path, axl_error *err);
void task_questions_free(task_questions *q); // leaves {0}

// Keeps `most` of them, evenly spread; 0: all. Before they are grouped.
void task_questions_thin(task_questions *q, size_t most);

// Finds those of the same project; a question whose project is not said is a group of its own.
axl_status task_questions_group(task_questions *q, axl_error *err);

// Whether two texts are the same but for blanks at the ends of lines and empty lines at both ends.
bool task_text_same(python_span a, python_span b);

// Without empty lines at both ends, and without blanks at the end.
python_span task_text_trim(python_span s);

#endif
