// What the tests of tasks/ share.
#ifndef TASKS_TASKS_CASE_H
#define TASKS_TASKS_CASE_H

#include "tasks/maker.h"
#include "tasks/task_unit.h"

// The text of a file as a job for one task. Ends the cmocka test as skipped where the build cannot
// parse Python.
maker_job tasks_case_job(const char *name, const char *text);

// Runs the job alone; box may be NULL.
void tasks_case_run(maker_job *job, uint64_t seed, const sandbox *box);

// The pairs of that job.
const task_pairs *tasks_case_pairs(const maker_job *job);

// One pair as "PROMPT|COMPLETION"; valid until the next call.
const char *tasks_case_pair(const task_pairs *p, size_t index);

// Calls visit for the functions of the text, with dice of the seed.
void tasks_case_units(const char *text, uint64_t seed, task_unit_visit *visit, void *ctx);

#endif
