// A function of a file as a text of its own, and changes to such texts.
#ifndef TASKS_TASK_UNIT_H
#define TASKS_TASK_UNIT_H

#include "tasks/task.h"

// The function with its decorators, without the indentation that it has in the file.
typedef struct task_unit {
    buf text;              // owned; ends with a newline
    python_tree tree;      // of text; owned
    python_definition def; // in tree
    uint32_t line;         // of the file
    bool method;           // it stands in a class
} task_unit;

// Calls visit for every function of the file that is in no other one, up to so many bytes.
typedef axl_status task_unit_visit(void *ctx, task_file *f, const task_unit *u, axl_error *err);
axl_status task_each_unit(task_file *f, size_t longest, task_unit_visit *visit, void *ctx,
                          axl_error *err);

// A piece of a text that is replaced.
typedef struct task_edit {
    size_t begin, end;
    python_span with;
} task_edit;

// Appends the text with the edits, which lie behind each other and do not touch.
void task_apply(buf *to, python_span text, const task_edit *edits, size_t count);

// Appends lines with blanks before each that is not blank; and lines with so many blanks or tabs
// less. False where a line has not as many.
void task_indent(buf *to, python_span lines, python_span blanks);
bool task_dedent(buf *to, python_span lines, size_t blanks);

// Whether the text is valid Python; false also where it is too large to tell, or there is no
// memory, which the file's pairs then say.
bool task_valid(task_file *f, const buf *text);

// The line of a place in the text, from 1, and the text of that line without its newline.
uint32_t task_line_of(python_span text, size_t at);
python_span task_line_text(python_span text, uint32_t line);

static inline python_span task_span(const buf *b) {
    return (python_span){buf_string(b), b->size};
}

static inline void task_put(buf *to, python_span s) {
    buf_append(to, s.text, s.bytes);
}

#endif
