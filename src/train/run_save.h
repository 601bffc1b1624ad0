// What a run does beside its steps: checkpoints, and what its speed is measured against.
#ifndef TRAIN_RUN_SAVE_H
#define TRAIN_RUN_SAVE_H

#include "train/run.h"

#define RUN_SESSIONS "sessions.jsonl"

typedef struct run_session {
    uint64_t first, last; // steps at its begin and its end
    bool finished;
    double seconds; // all of it
    run_cost cost;
} run_session;

// A checkpoint of the trainer with the settings of the spec.
axl_status run_save(const run_spec *spec, const trainer *t, const checkpoint_progress *p, bool best,
                    axl_error *err);

// The newest checkpoint of the folder into the trainer and *p. AXL_BAD_FILE where a setting that
// shapes the run differs, with its name and both values. A note tells of each one passed over.
// OUT is then its model directory.
axl_status run_load(const run_spec *spec, trainer *t, checkpoint_progress *p, axl_error *err);

// AXL_BAD_ARGUMENT when the folder holds a run already.
axl_status run_check_empty(const char *folder, axl_error *err);

// Whether a run has begun to log there, so that one without a checkpoint is only young.
axl_status run_began(const char *folder, bool *began, axl_error *err);

// Removes temporary files that killed processes or full disks have left there. Litter does not stop
// a run, so a failure is not told.
void run_clean(const char *folder);

// Appends a line about this session to OUT/sessions.jsonl, the run's record of where its time went.
axl_status run_record(const run_spec *spec, const run_session *session, axl_error *err);

// Operations a second of all threads in the type of the products: the yardstick, looked at for a
// moment. And the operations that a byte of training needs.
double run_peak(const trainer *t);
double run_operations(const trainer *t);

#endif
