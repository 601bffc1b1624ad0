// Completions of a prompt by the weights as they are, while a run goes on.
#ifndef TRAIN_RUN_SAMPLE_H
#define TRAIN_RUN_SAMPLE_H

#include "train/run.h"

// AXL_BAD_ARGUMENT for a prompt with a hole where the model has no symbols for one.
axl_status run_sample_check(const run_spec *spec, axl_error *err);

// Lets the model go on with the prompt, or fill its hole, logs the text and tells the listener. The
// text is whole characters of UTF-8, with U+FFFD for what is none.
axl_status run_sample(const run_spec *spec, const trainer *t, const checkpoint_progress *p,
                      train_log *log, axl_error *err);

#endif
