// What happens when pieces of a program run, asked of the sandbox: several cases in one run.
#ifndef TASKS_PROBE_H
#define TASKS_PROBE_H

#include "tasks/task_unit.h"

// What a pair needs of a function when the answer is there.
typedef struct probe_unit {
    buf code; // as the model is to see it; owned
    buf more; // the maker's own; owned
    const char *kind;
    size_t begin;         // of its case among the cases
    uint32_t line, fault; // of the file; of the code, where it has a fault
    uint64_t source;
} probe_unit;

// {.what = a function of probe.py} is a question without cases.
typedef struct probe {
    const char *what;
    buf cases;        // owned
    probe_unit *unit; // [count], owned
    size_t count, capacity;
    buf answers; // owned, after probe_run
    size_t at;   // of the next answer
} probe;

// One more case: its texts, and a number for its dice, or SIZE_MAX where it has none. NULL where
// there is no memory.
probe_unit *probe_case(probe *p, const python_span *text, size_t count, size_t number);

// Asks. Where a run breaks off, because a case ended the interpreter, waited for ever or took too
// much of something, the next one goes on behind that case, which gets no answer: the programs are
// not ours. AXL_INTERRUPTED when the sandbox is asked to stop.
axl_status probe_run(probe *p, const task_file *f, axl_error *err);

// The texts of the next answer, in the order of the cases; how many, at most max. Borrowed.
size_t probe_answer(probe *p, python_span *out, size_t max);

void probe_free(probe *p);

#endif
