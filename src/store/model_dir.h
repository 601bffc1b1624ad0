// A model as a directory that Hugging Face tools read: config.json, model.safetensors and
// generation_config.json.
#ifndef STORE_MODEL_DIR_H
#define STORE_MODEL_DIR_H

#include "model/params.h"
#include <axl/status.h>

#define MODEL_DIR_CONFIG "config.json"
#define MODEL_DIR_WEIGHTS "model.safetensors"
#define MODEL_DIR_GENERATION "generation_config.json"

// {0} is empty. The block is one of os/memory.h.
typedef struct stored_model {
    param_table table; // owned
    float *block;      // [table.numbers], gaps zero; owned
    dtype type;        // of the embedding in the file: f32, bf16 or f16
} stored_model;

// Reads the directory at path. Every tensor of the table must be in the file once, in its shape and
// as F32, BF16 or F16, and nothing else; what is wrong is listed, with the nearest name that was
// expected. The block is allocated after that, and only if it fits into the machine's memory.
// Nothing to free after a failure.
axl_status model_dir_read(stored_model *out, const char *path, const kernels *k, axl_error *err);
void stored_model_free(stored_model *m); // leaves {0}

// What to write. Borrows table and block.
typedef struct model_image {
    const param_table *table;
    const float *block;
    dtype type; // f32 or bf16
} model_image;

// Makes the directory and whatever is missing above it, and replaces its three files, each in an
// atomic and durable way; config.json comes last, so that a directory with it is complete. Other
// files there are left alone.
axl_status model_dir_write(const char *path, const model_image *m, const kernels *k,
                           axl_error *err);

// The text of generation_config.json.
const char *model_dir_generation(void);

#endif
