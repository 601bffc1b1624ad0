// What a client asks for, with every default filled in: all dialects make it, the scheduler takes
// it. It owns what it points at, but for the model.
//
// Choices: prompt p has the texts p * choices .. p * choices + choices - 1. Where more candidates
// than choices are asked for, those with the greatest mean logarithm of probability are shown.
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "infer/chooser.h"
#include "infer/stop.h"
#include "server/catalog.h"
#include "server/refusal.h"

typedef enum dialect { DIALECT_OPENAI, DIALECT_LLAMA, DIALECT_OLLAMA } dialect;

// X(name, method, path, dialect). Paths that begin with /v1 are also known without it.
#define ROUTE_MAP(X)                                                                               \
    X(COMPLETIONS, "POST", "/v1/completions", OPENAI)                                              \
    X(CHAT, "POST", "/v1/chat/completions", OPENAI)                                                \
    X(FIM, "POST", "/v1/fim/completions", OPENAI)                                                  \
    X(EMBEDDINGS, "POST", "/v1/embeddings", OPENAI)                                                \
    X(MODELS, "GET", "/v1/models", OPENAI)                                                         \
    X(MODEL, "GET", "/v1/models/", OPENAI)                                                         \
    X(COMPLETION, "POST", "/completion", LLAMA)                                                    \
    X(INFILL, "POST", "/infill", LLAMA)                                                            \
    X(TOKENIZE, "POST", "/tokenize", LLAMA)                                                        \
    X(DETOKENIZE, "POST", "/detokenize", LLAMA)                                                    \
    X(TOKENIZER_INFO, "GET", "/tokenizer_info", LLAMA)                                             \
    X(PROPS, "GET", "/props", LLAMA)                                                               \
    X(SLOTS, "GET", "/slots", LLAMA)                                                               \
    X(HEALTH, "GET", "/health", LLAMA)                                                             \
    X(READY, "GET", "/ready", LLAMA)                                                               \
    X(METRICS, "GET", "/metrics", LLAMA)                                                           \
    X(OLLAMA_GENERATE, "POST", "/api/generate", OLLAMA)                                            \
    X(OLLAMA_CHAT, "POST", "/api/chat", OLLAMA)                                                    \
    X(OLLAMA_EMBED, "POST", "/api/embed", OLLAMA)                                                  \
    X(OLLAMA_EMBEDDINGS, "POST", "/api/embeddings", OLLAMA)                                        \
    X(OLLAMA_SHOW, "POST", "/api/show", OLLAMA)                                                    \
    X(OLLAMA_TAGS, "GET", "/api/tags", OLLAMA)                                                     \
    X(OLLAMA_PS, "GET", "/api/ps", OLLAMA)                                                         \
    X(OLLAMA_VERSION, "GET", "/api/version", OLLAMA)

typedef enum route {
    ROUTE_NONE,
#define ROUTE_ENUM(name, method, path, dialect) ROUTE_##name,
    ROUTE_MAP(ROUTE_ENUM)
#undef ROUTE_ENUM
} route;

// The route of a path without its query, or ROUTE_NONE; and what it is asked with.
route route_find(const char *path);
const char *route_method(route r);
dialect route_dialect(route r);

// What a path that begins with /v1/models/ names; NULL: it is another one.
const char *route_model(const char *path);

// The form in which a path that no route has is refused.
dialect path_dialect(const char *path);

// A prompt as the model reads it: BOS, then the rest.
typedef struct request_prompt {
    uint16_t *symbols; // [count]
    size_t count;
    size_t own; // symbols before those of the client: 1, or 0 where BOS is its own
    size_t cut; // bytes of the client's that found no room
    // What a text that grows at its end will be cut by next: next_cut symbols from next_at on, with
    // the symbol that comes after next_in - 1 more. next_cut 0: that is not known.
    size_t next_at, next_cut, next_in;
} request_prompt;

typedef enum request_load { LOAD_NONE, LOAD_MODEL, UNLOAD_MODEL } request_load;

typedef enum request_vectors { VECTORS_NUMBERS, VECTORS_BASE64 } request_vectors;

typedef struct request {
    route route;
    const model_facts *model; // borrowed
    request_prompt *prompts;  // [prompt_count]
    size_t prompt_count;
    chooser chooser;     // its key is the scheduler's: rng_key(seed, number of the candidate)
    uint64_t seed;       // where seeded; any other one is drawn by the scheduler
    uint64_t most_bytes; // to write
    uint64_t write_ms;   // from the first byte on; 0: any number
    stop_string *stop;   // [stop_count]
    size_t stop_count;
    size_t choices, candidates; // of each prompt: shown, written
    size_t dimensions;          // of an embedding; 0: all
    request_vectors vectors;
    request_load load; // of the model, with nothing to write
    bool seeded;
    bool echo;          // the prompt is part of the text
    bool probabilities; // of each byte, of the prompt's too with echo; chooser.top others
    bool gates;         // beside them, how the scales were weighted for each byte
    bool stream, stream_usage;
    bool cache;    // what is computed may be kept for later requests
    bool pieces;   // of /tokenize: what each symbol stands for
    buf notes;     // what was not done as asked, one line each
    char **fields; // [field_count] of the answer that are wanted; none: all
    size_t field_count;
} request;

void request_free(request *r); // leaves {0}; NULL is fine

// Whether it asks for vectors: its prompts are only measured.
bool request_is_vectors(const request *r);

// Bytes of all prompts that found no room.
size_t request_cut(const request *r);

// A line of r->notes; once only.
bool request_note(request *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
