// Batches of samples, made ahead of time by a thread. What they hold depends on the options alone,
// never on timing.
#ifndef DATA_BATCHES_H
#define DATA_BATCHES_H

#include "data/sampler.h"

#define BATCHES_DEPTH_MAX 64

typedef struct batches_options {
    sampler_options sampler;
    size_t batch;   // samples in a batch
    uint64_t first; // number of the first sample: the cursor of the run
    size_t depth;   // batches made ahead, 1 to BATCHES_DEPTH_MAX; 0: 4
} batches_options;

// Borrowed until the next call of batches_next or batches_close.
typedef struct batch {
    const uint16_t *ids;    // [batch, length]
    const uint16_t *target; // [batch, length]
    uint64_t first;         // number of its first sample
    uint64_t next;          // cursor behind it: first + batch
} batch;

typedef struct batches batches;

// The corpus must outlive *out, which the caller owns; NULL on failure.
axl_status batches_open(batches **out, const corpus *c, const batches_options *options,
                        axl_error *err);

// Waits for the next batch. A failure comes in its place in the order, and every later call gives
// it again.
axl_status batches_next(batches *b, batch *out, axl_error *err);

// Stops the thread, which finishes the sample that it is at. NULL is allowed.
void batches_close(batches *b);

// Bytes that batches of these options take; false when that is more than size_t can say.
bool batches_memory(const batches_options *options, size_t *bytes);

#endif
