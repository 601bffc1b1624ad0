// What a model predicts, and how well.
#ifndef AXL_EVAL_H
#define AXL_EVAL_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
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

// Strings, arrays and ctx stay the caller's and must live during the call.
typedef struct axl_eval_bpb_options {
    const char *model;        // a model directory
    const char *const *paths; // [path_count], files, and folders with all files below them
    size_t path_count;
    uint64_t limit;               // score the first so many bytes of each file; 0: all
    bool strided;                 // in windows that each begin from nothing, at four times the work
    bool no_compressors;          // leave out gzip and xz
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL; steps are bytes
    void *progress_ctx;
} axl_eval_bpb_options;

// Bits per byte of one file. NAN: an empty file, or a compressor that did not run.
typedef struct axl_eval_bpb_file {
    const char *path;
    uint64_t bytes;          // that were scored
    double bpb;              // of the model
    double gzip_bpb, xz_bpb; // of the file compressed by itself
} axl_eval_bpb_file;

// What a compressor that knows nothing needs for the same bytes.
typedef struct axl_eval_compressor {
    double joined_bpb; // all files as one stream, in their order, nothing between them; or NAN
    double each_bpb;   // every file by itself; or NAN
    char missing[96];  // why there are no figures; empty: there are
} axl_eval_compressor;

typedef struct axl_eval_bpb_result {
    double bpb;                     // bits of all files / their bytes
    double ppl;                     // 2^bpb: perplexity for each byte
    uint64_t bytes;                 // that were scored
    const axl_eval_bpb_file *files; // [file_count], in the order of the paths, then of the names
    size_t file_count;
    axl_eval_compressor gzip, xz; // gzip -9, xz -9e
    double seconds, bytes_per_s;  // of the model's work, without loading
    size_t context;               // the model's, in bytes
    size_t threads;
    const char *level; // static
} axl_eval_bpb_result;

// Bits per byte of a model on files: it reads each from left to right, having forgotten the one
// before, and predicts every byte exactly once. Beyond its context the window slides, as in
// generation. Results are the same bits for any number of threads, and a file's for any other files
// beside it. In a folder, links and names that begin with a dot are left out. AXL_BAD_FILE when
// there are no bytes at all. *out is the caller's, to be freed with axl_eval_bpb_free; NULL on
// failure. err may be NULL.
AXL_API axl_status axl_eval_bpb(const axl_eval_bpb_options *options, axl_eval_bpb_result **out,
                                axl_error *err);
AXL_API void axl_eval_bpb_free(axl_eval_bpb_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
