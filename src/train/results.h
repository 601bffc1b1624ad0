// results.json: everything that is known of a finished run, exactly, for programs. What was not
// measured is null.
#ifndef TRAIN_RESULTS_H
#define TRAIN_RESULTS_H

#include "base/buf.h"
#include "train/metrics.h"
#include <axl/status.h>

void results_render(buf *out, const train_summary *s);

// Replaces the file at path, atomically and durably.
axl_status results_write(const train_summary *s, const char *path, axl_error *err);

#endif
