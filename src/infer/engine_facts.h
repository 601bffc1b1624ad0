// What a model is, read without its weights: milliseconds, and no memory that grows with it.
#ifndef INFER_ENGINE_FACTS_H
#define INFER_ENGINE_FACTS_H

#include "base/sha256.h"
#include "model/config.h"
#include "store/generation_json.h"

typedef struct engine_facts {
    model_config config;
    generation_settings settings; // how it is meant to be used
    uint64_t params;
    char quantization[16]; // "F32", "Q4_K_M": what most of its bytes are
    uint64_t file_bytes;   // of the weights' file
    uint64_t modified;     // of that file, seconds since 1970
} engine_facts;

// Of the model at path, which engine_open can open. All tensors are there in their shapes; their
// data is not looked at.
axl_status engine_facts_read(engine_facts *out, const char *path, axl_error *err);

// The SHA-256 of the weights' file; reads all of it.
axl_status engine_digest(const char *path, char out[SHA256_HEX_MAX], axl_error *err);

#endif
