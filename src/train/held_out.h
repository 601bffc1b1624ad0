// A quick look at held-out text during a run: evenly spread windows, each read from nothing. The
// final figure comes from eval/, which lets every byte see as much as it can; this one is higher.
#ifndef TRAIN_HELD_OUT_H
#define TRAIN_HELD_OUT_H

#include "data/corpus.h"
#include "train/trainer.h"

// bits per byte over about `bytes` bytes (0: all) of the held-out set; NAN where that is empty.
axl_status held_out_look(trainer *t, const corpus *c, uint64_t bytes, double *bpb, axl_error *err);

#endif
