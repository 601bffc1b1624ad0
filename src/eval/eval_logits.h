// The logits of a file, for comparison with other implementations.
#ifndef EVAL_EVAL_LOGITS_H
#define EVAL_EVAL_LOGITS_H

#include "eval/eval_progress.h"
#include "infer/engine.h"

typedef struct eval_logits {
    const char *file, *out;  // paths
    eval_progress *progress; // may be NULL
    void *progress_ctx;
} eval_logits;

// Feeds BOS and then the bytes of the file, and replaces `out` with the logits: row t holds those
// after t bytes, vocab_size little-endian f32, so there is one row more than bytes. Beyond the
// context the window slides (model/cache.h). *rows (may be NULL) is the number of rows.
axl_status eval_logits_run(const engine *e, const eval_logits *a, uint64_t *rows, axl_error *err);

#endif
