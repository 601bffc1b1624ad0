// A whole run of training: from a corpus to a folder with a model, its checkpoints and its logs.
//
// The order of things in a step: the batch, the step of the trainer, a row of the log when it is
// due, a look at held-out text, a checkpoint. A row that a checkpoint follows is on the disk before
// it.
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "data/corpus.h"
#include "store/checkpoint.h"
#include "train/metrics.h"
#include "train/train_log.h"
#include "train/trainer.h"

typedef enum run_stop {
    RUN_GO_ON,
    RUN_STOP, // finish the step, save, AXL_INTERRUPTED
} run_stop;

// What the caller is told and asked. Each may be NULL; all are called on the thread of the run.
typedef struct run_events {
    void (*row)(void *ctx, const train_row *row); // at every logged step
    void (*note)(void *ctx, const char *text);    // one line for people
    void (*sample)(void *ctx, const train_sample *sample);
    run_stop (*stop)(void *ctx); // asked before every step
    void *ctx;
} run_events;

// Borrows everything.
typedef struct run_spec {
    const char *out; // the folder; made where it is missing
    model_config config;
    train_settings settings;
    const corpus *corpus;
    bool resume;
    const char *prompt; // of samples; NULL: none
    pass_machine machine;
    run_events events;
} run_spec;

typedef struct run_result {
    checkpoint_progress progress;
    bool finished;    // false: stopped before the end
    double train_bpb; // of the last row
    double eval_bpb;  // quick look at the end; NAN without held-out text
} run_result;

// Trains until the end that the settings give, and saves. AXL_BAD_ARGUMENT when `out` holds a run
// already and resume is not set, AXL_NOT_FOUND when resume is set and there is none, AXL_BAD_FILE
// when its model or settings are others; AXL_INTERRUPTED after RUN_STOP, with everything saved;
// AXL_NUMERIC when the numbers went wrong again and again.
axl_status train_run(const run_spec *spec, run_result *out, axl_error *err);

#endif
