// GGUF files of the architecture llama, for llama.cpp and Ollama: a dense transformer over bytes.
//
// export_llama writes any such network tensor by tensor, so that a file needs the memory of its
// largest tensor; llama_exit_source gives it the fine exit of a model, which is such a network once
// its scales are folded into the matrices.
#ifndef STORE_EXPORT_LLAMA_H
#define STORE_EXPORT_LLAMA_H

#include "formats/gguf_write.h"
#include "model/params.h"
#include "quant/quantize_rows.h"

// What a file is made of, by the rules of llama.cpp's own quantiser (export_llama_types.c).
typedef enum llama_file { LLAMA_F32, LLAMA_F16, LLAMA_Q8_0, LLAMA_Q4_K_M, LLAMA_FILES } llama_file;

#define LLAMA_FIM_VOCAB ((size_t)264) // of models that have the tokens of fill-in-the-middle

extern const char *const llama_file_names[LLAMA_FILES];

// LLAMA_FILES where there is none; *near (may be NULL) is then the nearest name or NULL.
llama_file llama_file_find(const char *name, const char **near);

typedef struct llama_shape {
    size_t vocab; // bytes, BOS, EOS; from LLAMA_FIM_VOCAB on with those tokens
    size_t d, heads, ff, layers, context;
    double norm_eps, rope_theta;
} llama_shape;

typedef enum llama_part {
    LLAMA_EMBED, // [V, d], the head is tied to it
    LLAMA_ATTN_NORM,
    LLAMA_Q, // [d, d]
    LLAMA_K,
    LLAMA_V,
    LLAMA_O,
    LLAMA_FFN_NORM,
    LLAMA_GATE, // [ff, d]; silu(gate) * up goes down
    LLAMA_UP,
    LLAMA_DOWN, // [d, ff]
    LLAMA_NORM, // the last one
    LLAMA_PARTS
} llama_part;

typedef struct llama_tensor {
    char name[GGUF_NAME_MAX + 1]; // "blk.0.attn_q.weight"
    llama_part part;
    size_t layer;      // 0 where there is none
    size_t rows, cols; // a vector has one row
    dtype type;
    size_t bytes;
} llama_tensor;

// The tensors in the order of the file. {0} is empty.
typedef struct llama_plan {
    llama_shape shape;
    llama_file file;
    llama_tensor *list; // [count]; owned
    size_t count, bytes;
    uint64_t params;
} llama_plan;

// AXL_BAD_ARGUMENT for a shape that a file cannot have. The caller frees *out, also after a
// failure.
axl_status llama_plan_make(llama_plan *out, const llama_shape *of, llama_file file, axl_error *err);
void llama_plan_free(llama_plan *p); // leaves {0}

// The type of a matrix whose rows have cols numbers.
dtype llama_matrix_type(llama_file file, llama_part part, size_t layer, size_t layers, size_t cols);

// Where the numbers come from. Borrows everything.
typedef struct llama_source {
    const kernels *k;
    pool *p;           // may be NULL
    const char *name;  // general.name, UTF-8
    const char *about; // general.description; NULL: none
    void (*numbers)(void *ctx, const llama_tensor *t, float *out); // fills [rows, cols]
    // Told what the file holds, as numbers, after each tensor; may be NULL.
    void (*written)(void *ctx, const llama_tensor *t, const float *x);
    bool (*progress)(void *ctx, size_t done, size_t all); // tensors; false: stop; may be NULL
    void *ctx;                                            // of all three
} llama_source;

// Replaces the file at path, in an atomic and durable way. The same file for any number of threads.
// AXL_INTERRUPTED when progress says so.
axl_status export_llama(const char *path, const llama_plan *plan, const llama_source *from,
                        axl_error *err);

// ---- the fine exit ----

// The shape of a model's fine exit.
llama_shape llama_exit_shape(const model_config *c);

// The numbers of a tensor of it, from a block with the table's layout.
void llama_exit_numbers(const param_table *t, const float *block, const llama_tensor *of,
                        float *out);

// The other way: puts them into a block in which all scales of the fine stack are then 1, so that
// pass_exit_logits computes what the file means.
void llama_exit_put(const param_table *t, float *block, const llama_tensor *of, const float *x);

// ---- what lies beside it ----

// The metadata of such a file.
void llama_put_meta(gguf_meta *meta, const llama_plan *plan, const llama_source *from);

// How a model is meant to be used in Ollama.
typedef struct llama_use {
    const char *file; // the name of the .gguf beside it
    size_t context;
    bool infills; // the model has the tokens of fill-in-the-middle
    double temperature, top_p, min_p, repetition_penalty;
    uint64_t top_k;
    uint64_t most; // bytes of an answer
} llama_use;

// The text of a Modelfile.
void llama_put_modelfile(buf *out, const llama_use *use);

#endif
