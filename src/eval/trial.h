// Trials: answers to the problems of a benchmark, each put into its program and judged.
#ifndef EVAL_TRIAL_H
#define EVAL_TRIAL_H

#include "eval/problem.h"
#include "parallel/pool.h"

// {0} has no answer. text is owned.
typedef struct trial {
    size_t problem; // its index in the set
    char *text;     // the answer; NULL: none was made
    bool exact;     // it is the benchmark's own
    judge_result judged;
} trial;

// Called between trials; not 0 stops the work.
typedef int trial_progress(void *ctx, size_t done, size_t total);

typedef struct trial_spec {
    const problem_set *set;
    const char *bubblewrap, *python; // NULL: as in sandbox.h
    sandbox_limits limits;           // of each
    bool wrong;                      // spoil what every program returns
    pool *pool;                      // may be NULL
    trial_progress *progress;        // may be NULL; called on the calling thread
    void *progress_ctx;
} trial_spec;

// Judges those that have a text. The verdicts do not depend on the number of threads.
axl_status trials_judge(trial *list, size_t count, const trial_spec *spec, axl_error *err);

// Makes the answer a copy of text, or the benchmark's own where text is NULL.
axl_status trial_answer(trial *t, const problem_set *set, const char *text, axl_error *err);

void trials_free(trial *list, size_t count); // the list too

#endif
