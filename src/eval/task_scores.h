// What a list of answers is worth: every metric of the task over all questions.
#ifndef EVAL_TASK_SCORES_H
#define EVAL_TASK_SCORES_H

#include "eval/task_figure.h"
#include "eval/task_metrics.h"

// Over all answers together, without an interval. NAN: not of this task, or not measured.
typedef struct task_totals {
    double codebleu;              // its dataflow as it is, where the right answers have any
    double precision, recall, f1; // of what is wrong with an input, its name counted
} task_totals;

// {0} is empty.
typedef struct task_scores {
    double *value; // [TASK_METRICS, count], owned
    size_t count;
    task_figure figure[TASK_METRICS];
    task_totals total;
} task_scores;

// answers [q->count]. The caller frees *out, whatever the result.
axl_status task_scores_make(task_scores *out, const task_tools *tools, const task_questions *q,
                            const python_span *answers, axl_error *err);
void task_scores_free(task_scores *s); // leaves {0}

// Two lists of answers to the same questions. Borrows everything.
typedef struct task_match {
    const scored_task *task;
    const task_questions *questions;
    const task_scores *of, *over;
} task_match;

// How much better one is than the other in the task's primary metric.
axl_status task_scores_gain(task_figure *out, const task_match *m, axl_error *err);

#endif
