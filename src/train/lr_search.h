// The search for a learning rate: short training in which the rate rises from step to step by the
// same factor, from far too small to far too large, and what the loss says to it.
//
// The rule. The loss of the steps is smoothed. It stays, falls, has its lowest point and rises. A
// rate at the lowest point is already too large to train with for long; LR_SEARCH_BELOW below it
// the loss still falls fast, and that rate is proposed.
#ifndef TRAIN_LR_SEARCH_H
#define TRAIN_LR_SEARCH_H

#include "data/corpus.h"
#include "model/pass.h"
#include "train/settings.h"

#define LR_SEARCH_STEPS_MOST ((size_t)1000)
#define LR_SEARCH_LOOK_BACK 0.05 // of all steps: what the smoothed loss looks back over
#define LR_SEARCH_BELOW 5.0      // the rate of the lowest loss over the proposed one

// The search ends where the smoothed loss is so many bits above its lowest.
#define LR_SEARCH_RISE 1.0

typedef struct lr_search_row {
    double rate;
    double bits;   // per byte, of this step
    double smooth; // of the steps up to it
} lr_search_row;

typedef struct lr_search_spec {
    const corpus *corpus;
    model_config config;
    train_settings settings;
    pass_machine machine;
    size_t steps;                         // 2 to LR_SEARCH_STEPS_MOST
    double from, to;                      // rates, 0 < from < to; both 0: around the standard one
    bool (*stop)(void *ctx, size_t done); // asked before each step; may be NULL
    void *ctx;
} lr_search_spec;

typedef struct lr_search_result {
    lr_search_row row[LR_SEARCH_STEPS_MOST]; // [count]
    size_t count, planned;
    bool diverged;   // ended before the last rate
    double standard; // the rate that training takes where none is given
    size_t lowest;   // row
    double proposed; // 0: the loss never fell, or was still falling at the last rate
} lr_search_result;

// AXL_INTERRUPTED after stop. Writes nothing.
axl_status lr_search_run(const lr_search_spec *spec, lr_search_result *out, axl_error *err);

// The rule alone: smooth, lowest and proposed from rate and bits of the rows, planned and diverged.
void lr_search_propose(lr_search_result *r);

#endif
