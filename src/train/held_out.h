// A quick look at held-out text during a run: evenly spread windows, each read from nothing. The
// final figure comes from eval/, which lets every byte see as much as it can; this one is higher.
// Prompts that are given are not counted; the windows are then packs of whole pairs.
#ifndef TRAIN_HELD_OUT_H
#define TRAIN_HELD_OUT_H

#include "data/corpus.h"
#include "train/trainer.h"

typedef struct held_out_spec {
    uint64_t bytes;          // about so many, evenly spread; 0: all
    bool (*stop)(void *ctx); // asked before each batch; NULL: nobody asks
    void *ctx;
} held_out_spec;

// Bits per byte; NAN where the held-out set has nothing that counts. AXL_INTERRUPTED after stop.
axl_status held_out_look(trainer *t, const corpus *c, const held_out_spec *spec, double *bpb,
                         axl_error *err);

#endif
