// Answers of a model to the problems of a benchmark.
//
// A problem fits where its whole prompt and room for the answer lie within the model's context; no
// prompt is ever cut, and no answer gets longer than the context has room. What an answer is
// follows from the model, the problem, the settings and the sample's number alone.
#ifndef EVAL_ANSWERS_H
#define EVAL_ANSWERS_H

#include "eval/trial.h"
#include "infer/engine.h"

typedef struct answers_spec {
    const problem_set *set;
    const engine *engine;
    size_t room;        // bytes of an answer that must fit, 1 or more
    uint64_t max_bytes; // of an answer
    double temperature; // 0: the most probable byte, always
    double top_p;
    uint64_t seed;
    trial_progress *progress; // may be NULL; of answers
    void *progress_ctx;
} answers_spec;

// Whether the model has what the benchmark needs: AXL_UNSUPPORTED where it cannot fill holes.
axl_status answers_check(const answers_spec *spec, axl_error *err);

// Symbols of the prompt of a problem.
size_t answers_prompt(const problem_set *set, size_t which);
bool answers_fit(const answers_spec *spec, size_t which);

// list [count], {0} but for their problems: those that fit get their texts.
axl_status answers_make(trial *list, size_t count, const answers_spec *spec, axl_error *err);

#endif
