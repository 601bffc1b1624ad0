// The checkpoints of a run's folder: their names, their order, and which of them go.
#ifndef STORE_CHECKPOINT_LIST_H
#define STORE_CHECKPOINT_LIST_H

#include "store/checkpoint_notes.h"
#include "store/param_blocks.h"

#define CHECKPOINT_FOLDER "checkpoints"
#define CHECKPOINT_STATE "state.safetensors"
#define CHECKPOINT_NAME_MAX 48

typedef struct checkpoint_entry {
    char name[CHECKPOINT_NAME_MAX]; // "step-0000000100", "step-0000000100.2"
    uint64_t serial;                // 0: its state cannot be read, and this is
    axl_error why;                  // why
} checkpoint_entry;

// {0} is empty.
typedef struct checkpoint_list {
    checkpoint_entry *entry; // [count], the newest first, those without a serial last; owned
    size_t count, room;
    buf path; // of the folder that holds them
} checkpoint_list;

// Lists the checkpoints of OUT, which need not exist. The caller frees *out, also after a failure.
axl_status checkpoint_list_read(checkpoint_list *out, const char *out_dir, axl_error *err);
void checkpoint_list_free(checkpoint_list *l); // leaves {0}

// A name for a checkpoint of this step that none of the list has.
void checkpoint_list_name(const checkpoint_list *l, uint64_t step, char out[CHECKPOINT_NAME_MAX]);

// Removes all that have a serial except the first `keep` and the one that OUT/best names. What
// cannot be removed stays: the next call tries again.
axl_status checkpoint_list_prune(const checkpoint_list *l, const char *out_dir, size_t keep,
                                 axl_error *err);

// Makes OUT/best name the checkpoint; not safe from a power cut before OUT is synced.
axl_status checkpoint_best_set(const char *out_dir, const char *name, axl_error *err);

// Appends the text of OUT/best, "checkpoints/NAME"; nothing when there is none.
axl_status checkpoint_best_read(buf *out, const char *out_dir, axl_error *err);

// What stands before the names of the parameters in state.safetensors: "moment.0.".
extern const char *const checkpoint_moment_prefix[CHECKPOINT_MOMENTS];

// How many moments the blocks have; and the first `count` of them as a file has them, in block,
// which the result borrows.
size_t checkpoint_moments_count(const checkpoint_blocks *b);
param_blocks checkpoint_moments(const checkpoint_blocks *b, size_t count,
                                param_block block[CHECKPOINT_MOMENTS]);

// What the state.safetensors of a checkpoint says. {0} is empty.
typedef struct checkpoint_state {
    checkpoint_record record;
    checkpoint_setting *setting; // owned
    safetensors table;           // holds the texts
} checkpoint_state;

// Reads it, without the moments. The caller frees *out, also after a failure.
axl_status checkpoint_state_read(checkpoint_state *out, const char *folder, axl_error *err);
void checkpoint_state_free(checkpoint_state *s); // leaves {0}

#endif
