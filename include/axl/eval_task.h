// How well models do a task: the answers that they write to questions whose right answers are
// known, beside those of baselines that have learnt nothing.
#ifndef AXL_EVAL_TASK_H
#define AXL_EVAL_TASK_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AXL_TASK_FIGURES 24  // most of a row
#define AXL_TASK_BASELINES 3 // copied input, most frequent answer, nearest question's answer
#define AXL_TASK_MODELS 32
#define AXL_TASK_FEW 5 // projects: of fewer, intervals are rough

// Strings, lists and ctx stay the caller's and must live during the call.
typedef struct axl_eval_task_options {
    const char *task;          // "docs", "fix" ...: see axl_eval_task_name
    const char *const *models; // [model_count] directories or files
    size_t model_count;
    const char *data;  // JSONL of the questions: prompt, completion, kind, project
    const char *train; // JSONL of the training pairs; NULL: train.jsonl beside data, if it is there
    size_t samples;    // questions, evenly spread; 0: all
    bool no_record;    // leave the model directories as they are
    const char *level; // of the kernels; NULL: the best that runs here
    size_t threads;    // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL; steps are questions
    void *progress_ctx;
} axl_eval_task_options;

// NAN: not measured, or no interval.
typedef struct axl_task_figure {
    double value;
    double low, high; // the interval of 95 %: by a bootstrap that draws whole projects; of Wilson
                      // for shares where each question is of another project
    uint64_t count;   // answers that it is about
} axl_task_figure;

typedef struct axl_task_row {
    const char *name; // the model's path, or "copied input" ...
    bool baseline;
    bool known; // false: a baseline without training pairs, which has no figures
    axl_task_figure figure[AXL_TASK_FIGURES];
    // Of a model: how much better it is than each baseline in the primary figure, question by
    // question. Better is: low > 0; worse: high < 0; anything else is not told apart.
    axl_task_figure gain[AXL_TASK_BASELINES];
    uint64_t unfit; // questions that do not fit the model's context with their answer: all wrong
    size_t context; // the model's, in bytes
    double seconds; // of writing the answers
} axl_task_row;

typedef struct axl_eval_task_result {
    const char *task, *about;                  // static
    const char *figure_name[AXL_TASK_FIGURES]; // static
    size_t figure_count, primary;              // the figure that says what is better
    axl_task_row *rows;                        // [row_count]: the models, then the baselines
    size_t row_count, model_count;
    uint64_t questions, all_questions; // asked, of the file
    uint64_t projects;                 // that those asked are of; one that names none counts as one
    uint64_t train_pairs;              // 0: there are none
    axl_error record;  // why it is not in a model's directory; code AXL_OK: nothing failed
    char missing[256]; // what was not measured, and why; empty: nothing
    const char *level; // static
    size_t threads;
} axl_eval_task_result;

// The names of the tasks; NULL behind the last.
AXL_API const char *axl_eval_task_name(size_t index);

// Asks every model every question and scores the answers, which are deterministic. What is found
// goes into each model directory as well, into README.md and results.json; a directory that it
// cannot go into, which another process may have locked, is no failure but told in `record`. *out
// is the caller's, to be freed with axl_eval_task_free; NULL on failure. err may be NULL.
AXL_API axl_status axl_eval_task(const axl_eval_task_options *options, axl_eval_task_result **out,
                                 axl_error *err);
AXL_API void axl_eval_task_free(axl_eval_task_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
