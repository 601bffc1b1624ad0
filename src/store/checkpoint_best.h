// The best checkpoint of a run, and which model its folder shows in the end.
#ifndef STORE_CHECKPOINT_BEST_H
#define STORE_CHECKPOINT_BEST_H

#include "store/checkpoint.h"

typedef struct checkpoint_best {
    buf path;                     // of its folder; the caller frees it
    checkpoint_progress progress; // when it was saved; best_bpb is its own figure
} checkpoint_best;

// The checkpoint that OUT/best names. AXL_NOT_FOUND when there is none, AXL_BAD_FILE when it names
// something else. The caller frees out->path, also after a failure.
axl_status checkpoint_best_find(checkpoint_best *out, const char *out_dir, axl_error *err);

// Makes its model the model of OUT, durably. The next checkpoint_save shows the newest again.
axl_status checkpoint_best_show(const checkpoint_best *best, const char *out_dir, axl_error *err);

#endif
