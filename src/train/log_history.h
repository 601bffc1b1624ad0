// What the logs of a run hold, in memory: the rows and samples so far.
#ifndef TRAIN_LOG_HISTORY_H
#define TRAIN_LOG_HISTORY_H

#include "base/buf.h"
#include "train/metrics.h"
#include <axl/status.h>

// {0} is empty. Invariant: rows ascend by step, samples do not descend. Each sample's texts lie in
// one block of its own, at prompt.data.
typedef struct log_history {
    train_row *rows; // owned, as samples
    size_t row_count, row_capacity;
    train_sample *samples;
    size_t sample_count, sample_capacity;
} log_history;

void log_history_free(log_history *h); // leaves {0}

axl_status log_history_add_row(log_history *h, const train_row *row, axl_error *err);
axl_status log_history_add_sample(log_history *h, const train_sample *sample, axl_error *err);

// Drops what is after step.
void log_history_cut(log_history *h, uint64_t step);

// Reads the files of an earlier session, each of which may be missing. Of a row that both have
// differently, that of CSV counts. Lines that are not ours, or out of order, are dropped. *h is
// empty before, and after a failure.
axl_status log_history_read(log_history *h, const char *csv, const char *jsonl, const char *samples,
                            axl_error *err);

#endif
