// Models for other programs: what llama.cpp and Ollama can run of one.
#ifndef AXL_OLLAMA_H
#define AXL_OLLAMA_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Strings and ctx stay the caller's and must live during the call.
typedef struct axl_export_options {
    const char *model;            // a model directory or file of f32, bf16 or f16
    const char *ollama;           // the folder to write
    const char *name;             // of the file, letters, digits, . _ -; NULL: as the model's path
    const char *type;             // f32, f16, q8_0 or q4_k_m; NULL: f16
    const char *eval;             // a file or folder to score; NULL: none
    uint64_t limit;               // of eval: the first so many bytes of each file; 0: all
    bool force;                   // write into a folder that is not empty
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} axl_export_options;

typedef struct axl_export_tensor {
    const char *name; // "blk.0.attn_q.weight"
    const char *type; // "f32", "f16", "q8_0", "q5_0", "q4_k" or "q6_k"; static
    uint64_t params, rows, cols;
    uint64_t bytes;
} axl_export_tensor;

typedef struct axl_export_result {
    const char *type;                 // static
    const char *file;                 // the name of the .gguf in the folder
    uint64_t model_params, params;    // of the whole model, of what the file holds
    uint64_t bytes;                   // of the file's tensors
    double bits;                      // bytes * 8 / params: everything counted
    const axl_export_tensor *tensors; // [tensor_count], in the order of the file
    size_t tensor_count;
    bool infills;          // fills in the middle: the Modelfile has a .Suffix
    size_t context;        // bytes
    uint64_t scored;       // bytes that were scored; 0: none, and the next two are NAN
    double model_bpb, bpb; // bits per byte of the whole model and of the file
    const char *level;     // static
    size_t threads;
} axl_export_result;

// Writes the fine exit of a model (the fine stack alone, which training makes a model in its own
// right) as a .gguf of the architecture llama, with a Modelfile that names it and a README.md. Both
// figures are scored in windows of the context that each begin from nothing, the file's with the
// very numbers that it holds. AXL_BAD_ARGUMENT for an unknown type, for a model of few bits, for
// one that was trained without its fine exit, and for a folder that is not empty unless force is
// set. *out is the caller's, to be freed with axl_export_free; NULL on failure. err may be NULL.
AXL_API axl_status axl_export(const axl_export_options *options, axl_export_result **out,
                              axl_error *err);
AXL_API void axl_export_free(axl_export_result *result); // NULL is fine

#ifdef __cplusplus
}
#endif

#endif
