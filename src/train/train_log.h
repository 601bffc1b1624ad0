// The logs of a run in its folder: log.csv, log.jsonl, samples.jsonl and tensorboard/.
//
// Every row is written at once, so a killed process loses at most the line it was writing; only
// train_log_sync makes the rows survive a power cut. Whoever saves a checkpoint of step S syncs the
// log before: then a run that resumes at S finds every row up to S.
//
// A log never stops a run by itself: each call says what failed, the rows stay in memory, and the
// next call writes what is missing.
#ifndef TRAIN_LOG_H
#define TRAIN_LOG_H

#include "train/metrics.h"
#include <axl/status.h>

typedef struct train_log train_log;

// Starts the logs of a new run in folder, which is there. Those of an earlier run are replaced;
// TensorBoard is told that its points are void. The caller gives *out back with train_log_close.
axl_status train_log_open(train_log **out, const char *folder, axl_error *err);

// Goes on with the logs of a run that was saved after `step`: what CSV and JSONL hold of later
// steps is cut off, torn lines are dropped, rows that only one of the two has are in both again,
// and each file is replaced as a whole or not at all. TensorBoard gets a new file that makes later
// points void. A log.csv with other columns is refused, AXL_BAD_FILE, and nothing is changed.
axl_status train_log_resume(train_log **out, const char *folder, uint64_t step, axl_error *err);

// Appends a row, with time and joules filled in. Steps ascend, else AXL_BAD_ARGUMENT.
axl_status train_log_row(train_log *log, const train_row *row, axl_error *err);

// Appends a copy of a sample; steps do not descend.
axl_status train_log_sample(train_log *log, const train_sample *sample, axl_error *err);

// A run that goes back to an earlier state: everything after `step` is cut off.
axl_status train_log_cut(train_log *log, uint64_t step, axl_error *err);

// Everything to the disk.
axl_status train_log_sync(train_log *log, axl_error *err);

// All rows and samples of the run, also those of earlier sessions. Borrowed until the next call.
const train_row *train_log_rows(const train_log *log, size_t *count);
const train_sample *train_log_samples(const train_log *log, size_t *count);

// Joules of the whole run; NAN when not measured.
double train_log_joules(train_log *log);

// Syncs and frees, whatever the result. NULL is allowed.
axl_status train_log_close(train_log *log, axl_error *err);

#endif
