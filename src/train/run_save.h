// What a run does beside its steps: checkpoints, samples, and what its speed is measured against.
#ifndef TRAIN_RUN_SAVE_H
#define TRAIN_RUN_SAVE_H

#include "train/run.h"

// A checkpoint of the trainer with the settings of the spec.
axl_status run_save(const run_spec *spec, const trainer *t, const checkpoint_progress *p, bool best,
                    axl_error *err);

// The newest checkpoint of the folder into the trainer and *p. AXL_BAD_FILE where a setting that
// shapes the run differs, with its name and both values.
axl_status run_load(const run_spec *spec, trainer *t, checkpoint_progress *p, axl_error *err);

// AXL_BAD_ARGUMENT when the folder holds a run already.
axl_status run_check_empty(const char *folder, axl_error *err);

// Lets the model go on with the prompt, logs the text and tells the listener.
axl_status run_sample(const run_spec *spec, const trainer *t, const checkpoint_progress *p,
                      train_log *log, axl_error *err);

// Operations a second of all threads in the type of the products: the yardstick, looked at for a
// moment. And the operations that a byte of training needs.
double run_peak(const trainer *t);
double run_operations(const trainer *t);

#endif
