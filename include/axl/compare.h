// Several models side by side, from what training and evaluation left in their directories.
#ifndef AXL_COMPARE_H
#define AXL_COMPARE_H

#include <axl/eval_task.h>
#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AXL_COMPARE_TASKS 12

// A figure of a baseline, and how much better the model is.
typedef struct axl_compare_baseline {
    char name[48];
    axl_task_figure figure, gain;
} axl_compare_baseline;

// What axl_eval_task found, in its primary figure.
typedef struct axl_compare_task {
    char task[24], figure_name[24];
    axl_task_figure figure;
    uint64_t questions, unfit;
    size_t baseline_count, beaten; // beaten: those that the model is told to be better than
    axl_compare_baseline baseline[AXL_TASK_BASELINES];
} axl_compare_task;

// NAN and 0: not known.
typedef struct axl_compare_model {
    const char *path; // as it was given
    char preset[32];
    uint64_t parameters, context;
    double seconds, bytes; // of training
    double bpb, xz_bpb;    // on held-out text
    size_t task_count;
    axl_compare_task task[AXL_COMPARE_TASKS];
} axl_compare_model;

// Reads results.json of every model directory into models [count], whose paths stay the caller's.
// AXL_NOT_FOUND where there is none, AXL_BAD_FILE where it is no JSON object.
AXL_API axl_status axl_compare(const char *const *paths, size_t count, axl_compare_model *models,
                               axl_error *err);

// Writes a page that needs no other file to `html`: the models, and for each task their figures
// beside those of the baselines.
AXL_API axl_status axl_compare_page(const axl_compare_model *models, size_t count, const char *html,
                                    axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
