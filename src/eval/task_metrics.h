// How good one answer is: a number from 0 to 1 for each metric of its task, NAN where the metric
// does not apply to the question.
//
//   exact      it is the right one, but for blanks at the ends of lines
//   similar    1 - edits / length of the longer one, in bytes
//   comment    the same of the lines that are comments alone; without any it is 0
//   code       without the lines that are comments alone it is the input without them
//   tree       it is the right one but for blanks and comments
//   parses     it is Python
//   inserts    as a docstring it leaves a function Python
//   names      the share of the function's parameters that it names
//   unchanged  where nothing is to be changed it changes nothing
//   label      its first line is the right one
//   false      where nothing is wrong its first line is not OK; 0 is best
//   value      its last line is the right one
//   steps      the share of the right lines that stand at their place
//   true       its assertions say something (task_tests.h) and hold when they are run
//   kills      the share of the function's faulty twins that its true assertions tell from it
#ifndef EVAL_TASK_METRICS_H
#define EVAL_TASK_METRICS_H

#include "eval/task_file.h"
#include "sandbox/sandbox.h"

typedef enum task_metric {
    TASK_EXACT,
    TASK_SIMILAR,
    TASK_COMMENT,
    TASK_CODE,
    TASK_TREE,
    TASK_PARSES,
    TASK_INSERTS,
    TASK_NAMES,
    TASK_UNCHANGED,
    TASK_LABEL,
    TASK_FALSE,
    TASK_VALUE,
    TASK_STEPS,
    TASK_TRUE,
    TASK_KILLS,
    TASK_METRICS
} task_metric;

const char *task_metric_name(task_metric m);
bool task_metric_is_share(task_metric m); // always 0 or 1 of one answer

#define TASK_BIT(m) (1u << (m))

// A task that can be scored.
typedef struct scored_task {
    const char *name;
    const char *about;   // half a line
    task_metric primary; // what says whether one is better
    uint32_t metrics;    // bits
    bool codebleu;       // the answers are Python that is compared with the right ones
    bool detects;        // labels are "OK" or what is wrong: precision, recall and F1 say more
} scored_task;

extern const scored_task scored_tasks[];
extern const size_t scored_task_count;
const scored_task *scored_task_find(const char *name); // NULL: there is none

// What is scored, and what metrics need. NULL: what needs it is not measured.
typedef struct task_tools {
    const scored_task *task;
    python_parser *parser;
    const sandbox *box;
} task_tools;

// Fills in values[TASK_METRICS], NAN for those that the task does not have. Deterministic but for
// programs that run into a limit of time.
axl_status task_metrics_of(const task_tools *tools, const task_question *q, python_span answer,
                           double *values, axl_error *err);

// 1 - edits / length of the longer; 1 of two empty texts. Of each the first TASK_SIMILAR_MOST bytes
// are looked at.
#define TASK_SIMILAR_MOST ((size_t)4096)
double task_similarity(python_span a, python_span b);

// Of the trimmed text, without blanks at their ends.
python_span task_first_line(python_span s);
python_span task_last_line(python_span s);

#endif
