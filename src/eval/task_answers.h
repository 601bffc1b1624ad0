// The answers that a model writes: the most probable symbol each time, until it ends its text or
// the answer is as long as any that is known.
#ifndef EVAL_TASK_ANSWERS_H
#define EVAL_TASK_ANSWERS_H

#include "base/buf.h"
#include "eval/eval_progress.h"
#include "eval/task_file.h"
#include "infer/engine.h"

#define TASK_TOGETHER ((size_t)8) // sessions

// Borrows everything.
typedef struct task_asking {
    const engine *e;
    const task_questions *questions;
    size_t most;             // bytes of an answer
    eval_progress *progress; // may be NULL; counts questions
    void *progress_ctx;
} task_asking;

// Whether BOS, the question and the right answer have room in the context. If not, nothing is asked
// and nothing cut.
bool task_fits(const engine *e, const task_question *q);

// answers [count], empty before, owned by the caller also after a failure; those of questions that
// do not fit stay empty. What comes out does not depend on how many are asked together.
axl_status task_answers_run(const task_asking *a, buf *answers, axl_error *err);

#endif
