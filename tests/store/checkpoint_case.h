// A small run for the tests of checkpoints: its numbers follow from its step, so that any
// checkpoint that is found can be compared with what must be in it.
#ifndef STORE_CHECKPOINT_CASE_H
#define STORE_CHECKPOINT_CASE_H

#include "os/scratch.h"
#include "store/checkpoint.h"

typedef struct checkpoint_case {
    scratch box;
    char out[SCRATCH_PATH_MAX]; // the folder of the run, not made yet
    kernels scalar;
    param_table table;
    checkpoint_blocks blocks; // owned here; lion
    checkpoint_blocks other;  // a second set, to load into
    checkpoint run;
} checkpoint_case;

void checkpoint_case_make(checkpoint_case *c);
void checkpoint_case_free(checkpoint_case *c);

// Fills blocks with the numbers of a step; gaps are zero.
void checkpoint_case_fill(const checkpoint_blocks *b, uint64_t step);

// Makes it the run at this step, and saves that.
void checkpoint_case_step(checkpoint_case *c, uint64_t step);
axl_status checkpoint_case_save(checkpoint_case *c, uint64_t step, size_t keep, bool best,
                                axl_error *err);

// Finds and loads the newest; fails the test unless all facts and numbers are those of its step,
// which it returns and makes the run's.
uint64_t checkpoint_case_load(checkpoint_case *c);

// Fails the test unless OUT is a model directory of the run's step or one before; returns which.
uint64_t checkpoint_case_out(checkpoint_case *c);

// out/NAME, in one of a few static buffers.
const char *checkpoint_case_path(const checkpoint_case *c, const char *name);

// Entries of out/NAME that begin with prefix.
size_t checkpoint_case_count(const checkpoint_case *c, const char *name, const char *prefix);

#endif
