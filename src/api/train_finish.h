// The end of a run: which model stays, how good it is, and what people and programs are told.
#ifndef API_TRAIN_FINISH_H
#define API_TRAIN_FINISH_H

#include "api/train_setup.h"

// A run that is finished and saved.
typedef struct train_end {
    train_setup *setup;
    checkpoint_progress progress;
    uint64_t room; // bytes of memory that the evaluation may take for its caches
    bool already;  // it was finished before this session
} train_end;

// Evaluates the model of the run on its held-out text beside gzip and xz, and writes results.json,
// README.md and report.html: those that are missing, where the run was finished already, and no
// evaluation where none is. Fills in the figures of *out. AXL_INTERRUPTED when events.stop says so.
axl_status train_finish(const train_end *end, axl_train_result *out, axl_error *err);

#endif
