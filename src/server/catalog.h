// The models that a server has, as its dialects know them: facts, no weights.
#ifndef SERVER_CATALOG_H
#define SERVER_CATALOG_H

#include "infer/chat.h"
#include "infer/infill.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Borrows everything.
typedef struct model_facts {
    const char *name;
    const char *path;                    // as given to the server
    const char *quantization;            // "F32", "Q4_K_M"
    const char *digest;                  // SHA-256 of the weights, 64 hexadecimal digits
    const generation_settings *settings; // how it is meant to be used
    size_t vocab, context, channels;
    bool infill; // it was trained to fill in the middle
    uint64_t params;
    uint64_t file_bytes;
    uint64_t modified;     // seconds since 1970
    uint64_t loaded_bytes; // of memory; 0: not loaded
} model_facts;

// What the server lets a request ask for.
typedef struct request_limits {
    uint64_t standard_bytes; // to write where a request does not say how many
    uint64_t most_bytes;     // to write
    size_t prompt_bytes;     // of all prompts of a request
    uint64_t told_bytes;     // written and, with echo, read that are told with probabilities
    size_t choices;          // texts of a request: prompts x best_of
} request_limits;

// What serving.md gives as defaults.
extern const request_limits request_limits_standard;

typedef struct catalog {
    const model_facts *list; // [count], the first is the standard
    size_t count;
    bool any_name; // an unknown name means the standard model
    request_limits limits;
} catalog;

// The model with this name, ":latest" behind it not counted; NULL: there is none.
const model_facts *catalog_find(const catalog *c, const char *name);

#endif
