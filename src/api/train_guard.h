// What a training checks before anything is written: that its held-out text is not in what it
// trains on, that nobody else works in its folder, that a resumed run has the data it began with.
#ifndef API_TRAIN_GUARD_H
#define API_TRAIN_GUARD_H

#include "api/train_setup.h"

// The record of the data in the folder of a run.
#define TRAIN_GUARD_RECORD "data.txt"

// Compares held-out text with training text, into s->overlap. Held-out text that was named and
// stands in the training data is AXL_BAD_FILE; of text that was chosen, the listener is told.
axl_status train_guard_overlap(train_setup *s, axl_error *err);

typedef struct train_guard {
    int lock; // of the folder; -1: none
} train_guard;

// Makes the folder, locks it, and writes the record or compares with the one that is there.
// AXL_BAD_ARGUMENT where another process trains there, or where a run is and none is to be resumed.
// The caller closes *g, also after a failure.
axl_status train_guard_open(train_guard *g, const train_setup *s, axl_error *err);
void train_guard_close(train_guard *g);

#endif
