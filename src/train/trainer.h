// The arithmetic of training: weights, gradients, optimizer and pass, and one step after another.
// Knows no files, no clock and no data; run.h drives it.
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "model/pass.h"
#include "optim/optimizer.h"
#include "train/growth.h"
#include "train/settings.h"

typedef struct trainer {
    const param_table *table; // borrowed
    train_settings settings;
    pass_machine machine;
    size_t batch, length; // of the pass: see trainer_shape
    float *w, *g;         // [table->numbers]: parameters and gradients; owned
    pass *pass;           // owned
    optimizer *optimizer; // owned
    exec ex;              // of the optimizer; its scratch is owned
    double rate;          // largest, as settled from settings and width
    double rate_factor;   // halved after a run of bad steps
} trainer;

// Bytes of each kind that a trainer takes.
typedef struct trainer_bytes {
    size_t weights, gradients, moments, activations, scratch;
    size_t all;
} trainer_bytes;

axl_status trainer_plan(const param_table *t, const train_settings *s, const pass_machine *machine,
                        trainer_bytes *out, axl_error *err);

// The pass of a look at held-out text: whole sequences, forward only.
pass_spec trainer_look_spec(const train_settings *s, const model_config *c);

// Takes the memory and initialises the parameters for the seed. The table and what the machine
// names must outlive it. Nothing to free after a failure.
axl_status trainer_create(trainer *out, const param_table *t, const train_settings *s,
                          const pass_machine *machine, axl_error *err);
void trainer_free(trainer *t); // leaves {0}

// Makes steps of another shape from now on. AXL_NO_MEMORY leaves a trainer that can only be freed.
axl_status trainer_shape(trainer *t, growth_shape form, axl_error *err);

// Weights and moments as they were after trainer_create.
void trainer_restart(trainer *t);

// The rate that suits an optimizer and a width where none is given; docs/training.md says how it
// was found.
double trainer_standard_rate(optimizer_rule rule, const model_config *c);

typedef struct trainer_batch {
    const uint16_t *ids, *target; // [batch, length]
    double fraction;              // of the run, for the schedule
} trainer_batch;

typedef struct trainer_result {
    size_t counted;         // targets of the batch; with none, nothing was changed
    double bits, exit_bits; // per counted byte, before the update; 0 where none is counted
    double norm, rate;
    bool skipped; // the loss or the norm was not finite; nothing was changed
} trainer_result;

// One step. A gradient that is not finite is no failure: it is told in *out.
axl_status trainer_step(trainer *t, const trainer_batch *b, trainer_result *out, axl_error *err);

#endif
