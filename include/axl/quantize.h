// Models in fewer bits, and what that costs in quality.
#ifndef AXL_QUANTIZE_H
#define AXL_QUANTIZE_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Strings and ctx stay the caller's and must live during the call.
typedef struct axl_quantize_options {
    const char *model;            // a model directory or file of f32, bf16 or f16
    const char *out;              // the .gguf file
    const char *type;             // q8_0, q6_k, q5_0, q4_k_m or q4_k_s; NULL: q4_k_m
    const char *layout;           // rows or groups; NULL: rows, and groups from 32 MiB on
    const char *calibrate;        // text that tells which columns matter; NULL: all alike
    const char *eval;             // a file or folder to score before and after; NULL: none
    uint64_t limit;               // of eval: the first so many bytes of each file; 0: all
    bool force;                   // replace a file that is there
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} axl_quantize_options;

typedef struct axl_quantize_tensor {
    const char *name;
    const char *type; // "f32", "q8_0", "q5_0", "q4_k" or "q6_k"; static
    uint64_t params, rows, cols;
    uint64_t bytes; // in the file: with the padding of its rows or groups
    double error;   // the root mean square of what the numbers moved, over that of the numbers
} axl_quantize_tensor;

typedef struct axl_quantize_result {
    const char *type; // static
    uint64_t params;
    uint64_t bytes_before, bytes_after; // of the tensors
    double bits;                        // bytes_after * 8 / params: everything counted
    const char *layout;                 // "rows" or "groups"; static
    const axl_quantize_tensor *tensors; // [tensor_count], in the order of the file
    size_t tensor_count;
    uint64_t calibrated;          // bytes of text that were read for it; 0: none
    uint64_t scored;              // bytes that were scored; 0: none, and the next two are NAN
    double bpb_before, bpb_after; // bits per byte
    double seconds;               // of the search
    const char *level;            // static
    size_t threads;
} axl_quantize_result;

// Writes the model with blocks of few bits in the place of its matrices: a GGUF file that decodes
// as it is. In rows the blocks are those of ggml; in groups they lie as decoding reads them, so
// that a large model is ready as soon as it is mapped, and take a few percent more.
// AXL_BAD_ARGUMENT for an unknown type or layout, a name that does not end in .gguf and a file that
// is there already. The file is the same for any number of threads. *out is the caller's, to be
// freed with axl_quantize_free; NULL on failure. err may be NULL.
AXL_API axl_status axl_quantize(const axl_quantize_options *options, axl_quantize_result **out,
                                axl_error *err);
AXL_API void axl_quantize_free(axl_quantize_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
