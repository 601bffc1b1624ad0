// Checkpoints of a training run: all that a run which continues needs, safe from crashes.
//
//   OUT/checkpoints/step-0000000100/  config.json  generation_config.json  model.safetensors
//                                     state.safetensors: moments and progress
//   OUT/config.json  OUT/generation_config.json  OUT/model.safetensors   the newest model
//   OUT/best -> checkpoints/step-...  the best one; a file with that text where there are no links
//
// The folder of a checkpoint appears whole, when all of it is on the disk (os/staging.h); until
// then the one before is the newest. state.safetensors knows the checksums of config.json, of the
// model and of itself, so that no damage goes unnoticed. A step that is saved again, by a run that
// went back, gets a name with ".2" behind it; which checkpoint is the newest is decided by a serial
// number in the state and not by the step. OUT is itself a model directory from the first save on;
// its model is another name of the newest checkpoint's and costs no disk. A crash just before the
// end of a save may leave the model before there; checkpoint_publish or the next save brings it up
// to date.
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "base/buf.h"
#include "formats/safetensors.h"
#include "model/params.h"
#include "optim/optimizer.h"

#include <stdbool.h>

#define CHECKPOINT_MOMENTS ((size_t)2)

// Where a run is. The reals are not negative and no NaN; of them only best_bpb may be infinite.
typedef struct checkpoint_progress {
    uint64_t step;    // steps made, those that were skipped included
    uint64_t updates; // steps of the optimizer
    uint64_t bytes;   // seen
    uint64_t cursor;  // of the sampler
    uint64_t seed;
    uint64_t skipped;       // steps, also those of the parts that were gone back over
    uint64_t bad;           // of them, the last ones in a row
    uint64_t back;          // times that the run went back
    uint64_t pending;       // predicted symbols that no row of the log has yet
    double seconds;         // used
    double rate_scale;      // factor on every learning rate
    double best_bpb;        // lowest on the held-out files so far; INFINITY: none yet
    double bits, exit_bits; // sums of the losses of the pending symbols
} checkpoint_progress;

// The numbers of a run, in the layout of the table. Borrows all of it.
typedef struct checkpoint_blocks {
    const param_table *table;
    float *weights; // [numbers]
    optimizer_rule rule;
    float *moment[CHECKPOINT_MOMENTS]; // [numbers] each; those that the rule has not: NULL
} checkpoint_blocks;

// A setting of the run, kept for the caller. Both are UTF-8; a name has less than 1000 bytes and is
// there once.
typedef struct checkpoint_setting {
    const char *name, *text;
} checkpoint_setting;

typedef struct checkpoint {
    checkpoint_blocks blocks;
    checkpoint_progress progress;
    const checkpoint_setting *setting; // [settings]
    size_t settings;
} checkpoint;

typedef struct checkpoint_policy {
    size_t keep_last; // checkpoints to keep, this one included; 0 is taken as 1
    bool is_best;     // this one is the best so far: OUT/best
} checkpoint_policy;

// Saves, then removes what is older than the last keep_last, but never the best, and nothing whose
// state cannot be read. The blocks are read where they are: no copy is made. Refuses, and touches
// nothing, when a number is not finite (AXL_NUMERIC, naming it), when OUT holds a model of another
// architecture (AXL_BAD_FILE, naming the first field that differs) or when the disk has too little
// room (AXL_IO, with the bytes). After any failure the checkpoints before are as they were; where
// the text begins "step-... is saved, but", the new one is there, too, and is the newest.
axl_status checkpoint_save(const char *out_dir, const checkpoint *c,
                           const checkpoint_policy *policy, const kernels *k, axl_error *err);

// Most bytes that one checkpoint takes on the disk, within about 1 % and 128 KiB. While a run saves
// there are up to keep_last + 2: the best and the one being written.
uint64_t checkpoint_bytes(const param_table *t, size_t moments);

// {0} is empty.
typedef struct checkpoint_found {
    char *path; // of its folder; owned
    model_config config;
    optimizer_rule rule;
    size_t moments;
    checkpoint_progress progress;
    checkpoint_setting *setting; // [settings] by name; owned, the texts lie in `state`
    size_t settings;
    uint32_t model_crc;  // of the data in model.safetensors
    uint32_t config_crc; // of config.json
    bool is_best;        // it was the best so far when it was saved
    buf passed;          // a line for each one that was passed over: its name and why
    safetensors state;   // the table of state.safetensors
} checkpoint_found;

// Finds the newest checkpoint that is complete and undamaged; all of it is read to make sure.
// AXL_NOT_FOUND when OUT has none at all, AXL_BAD_FILE, naming the newest one's fault, when each is
// damaged. Give *out back with checkpoint_found_free, also after a failure: `passed` is then
// filled.
axl_status checkpoint_find(checkpoint_found *out, const char *out_dir, axl_error *err);
void checkpoint_found_free(checkpoint_found *f); // leaves {0}

// Reads weights and moments into the blocks, gaps untouched. AXL_BAD_FILE, naming the first field
// that differs, when the checkpoint is of another architecture or optimizer than the blocks; what
// is in them after a failure is of no use. Context, dropout and the weight of the fine exit may
// differ: the parameters mean the same.
axl_status checkpoint_load(const checkpoint_found *f, const checkpoint_blocks *to, const kernels *k,
                           axl_error *err);

// Makes OUT the model directory of the checkpoint, and OUT/best where it was the best: what a save
// does at its end, for one that was killed before it came so far. Nothing changes where it did.
axl_status checkpoint_publish(const char *out_dir, const checkpoint_found *f, axl_error *err);

#endif
