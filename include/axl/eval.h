// What a model predicts, and how well.
#ifndef AXL_EVAL_H
#define AXL_EVAL_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Strings and ctx stay the caller's and must live during the call.
typedef struct axl_eval_logits_options {
    const char *model;            // a model directory
    const char *file;             // any file
    const char *out;              // the file of logits that is replaced
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} axl_eval_logits_options;

typedef struct axl_eval_logits_result {
    uint64_t rows;     // bytes of the file + 1
    size_t vocab_size; // numbers of a row
} axl_eval_logits_result;

// Feeds BOS and then the bytes of the file to the model and writes rows of little-endian f32: row t
// holds the logits after t bytes. Beyond the model's context its window slides. result and err may
// be NULL.
AXL_API axl_status axl_eval_logits(const axl_eval_logits_options *options,
                                   axl_eval_logits_result *result, axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
