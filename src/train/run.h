// A whole run of training: from a corpus to a folder with a model, its checkpoints and its logs.
//
// The order of things in a step: the batch, the step of the trainer, a row of the log when it is
// due (after a look at held-out text when that is), a sample, a checkpoint. A row that a checkpoint
// follows is on the disk before it. Rows come at fixed steps and a checkpoint knows the losses that
// wait for the next one, so that a run that was killed and goes on logs the same losses, bit for
// bit, as one that was not.
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "data/corpus.h"
#include "store/checkpoint.h"
#include "train/metrics.h"
#include "train/train_log.h"
#include "train/trainer.h"

// Looks at held-out text are so many times as long apart as the last one took, whatever eval_every
// says: a large model must not spend its time looking.
#define RUN_LOOK_EVERY 30.0

typedef enum run_stop {
    RUN_GO_ON,
    RUN_STOP, // finish the step, save, AXL_INTERRUPTED
} run_stop;

// What the caller is told and asked. Each may be NULL; all are called on the thread of the run.
typedef struct run_events {
    void (*row)(void *ctx, const train_row *row); // at every logged step
    void (*note)(void *ctx, const char *text);    // one line for people
    void (*sample)(void *ctx, const train_sample *sample);
    run_stop (*stop)(void *ctx); // asked before every step, and while looking at held-out text
    void *ctx;
} run_events;

// Where a prompt has this, the model writes what belongs there, for models of 264 symbols.
#define RUN_HOLE "<fim_middle>"

// Borrows everything.
typedef struct run_spec {
    const char *out; // the folder; made where it is missing
    model_config config;
    train_settings settings;
    const corpus *corpus;
    bool resume;
    const char *base; // model directory of the same tensors, to begin with its weights; NULL: none
    const char *prompt; // of samples; NULL: none
    pass_machine machine;
    run_events events;
} run_spec;

// Seconds of this session beside the steps.
typedef struct run_cost {
    double saving, logging, looking, sampling;
} run_cost;

typedef struct run_result {
    checkpoint_progress progress;
    run_cost cost;
    bool finished;    // false: stopped before the end
    double train_bpb; // of the last row
    double eval_bpb;  // quick look at the end; NAN without held-out text
} run_result;

// Trains until the end that the settings give, and saves. AXL_BAD_ARGUMENT when `out` holds a run
// already and resume is not set, AXL_NOT_FOUND when resume is set and there is none, AXL_BAD_FILE
// when its model or settings are others; AXL_INTERRUPTED after RUN_STOP, with everything saved;
// AXL_NUMERIC when the numbers went wrong again and again: train/not_finite.h says where. A resume
// of a run that was killed before its first checkpoint begins it again; of one that is finished, it
// changes nothing.
axl_status train_run(const run_spec *spec, run_result *out, axl_error *err);

#endif
