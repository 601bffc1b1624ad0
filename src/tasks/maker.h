// Pairs of many files, made by many threads. What comes out depends on the files, the seed and the
// options alone.
#ifndef TASKS_MAKER_H
#define TASKS_MAKER_H

#include "tasks/task.h"

typedef struct maker maker;

typedef struct maker_options {
    size_t threads; // 0: as many as the process may use
    uint64_t seed;
    size_t longest;     // bytes of a pair
    const sandbox *box; // borrowed; NULL: only tasks that run nothing may be asked for
} maker_options;

// AXL_UNSUPPORTED where the build cannot parse Python. The caller owns *out; NULL on failure.
axl_status maker_open(maker **out, const maker_options *o, axl_error *err);
void maker_close(maker *m); // NULL is fine

typedef enum maker_verdict {
    MAKER_FINE,
    MAKER_BROKEN, // no Python that parses
    MAKER_TANGLED // beyond the parser's limits
} maker_verdict;

// A file, and what became of it. text is borrowed for the call.
typedef struct maker_job {
    const char *text;
    size_t bytes;
    uint64_t dice;  // a number of where the file is from: no two files should have the same
    bool held;      // of a held-out project
    uint32_t tasks; // a bit for each of task_list that is asked for
    maker_verdict verdict;
    task_pairs pairs[TASKS_MAX]; // of each of task_list; owned
} maker_job;

// Fills in the verdicts and pairs of jobs that have neither.
axl_status maker_run(maker *m, maker_job *job, size_t count, axl_error *err);
void maker_job_free(maker_job *job); // of what maker_run gave; leaves what was asked for

#endif
