// Fields of requests that are numbers or switches: one row each, from which they are read, refused
// and documented.
#ifndef SERVER_FIELDS_H
#define SERVER_FIELDS_H

#include "server/dialects/body.h"
#include "server/request.h"

typedef enum field_kind {
    FIELD_REAL,   // double
    FIELD_SIZE,   // size_t
    FIELD_LIMIT,  // uint64_t; below 0: no limit
    FIELD_ALL,    // size_t; below 0: 0, which means all
    FIELD_WINDOW, // size_t; below 0: all of the text
    FIELD_SWITCH  // bool
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    double least, most; // of a number
    size_t offset;      // in request
} field;

typedef struct field_list {
    const field *rows;
    size_t count;
} field_list;

field_list fields_openai(void); // of /v1/completions, chat and FIM
field_list fields_llama(void);  // of /completion and /infill; local extras of the OpenAI routes
field_list fields_ollama(void); // of the object "options"

// Reads those that are there.
bool fields_read(field_list list, const body *b, request *r);

// The settings of the model where a request says nothing.
void fields_standard(request *r, const catalog *c);

// These read the fields of that name; a stop string that is empty says nothing.
bool fields_stop(const body *b, request *r);
bool fields_bias(const body *b, request *r);

// Any whole number of 64 bits; where `any`, those below 0 mean another one each time.
bool fields_seed(const body *b, request *r, bool any);

// One more stop string.
bool request_stop(request *r, const void *bytes, size_t size, refusal *why);

// Brings together what the fields say: limits of the server, probabilities 0, choices and
// candidates.
bool fields_settle(request *r, const catalog *c, refusal *why);

// Refuses a field whose wish would not be met, unless it says no more than what is so anyway.
bool fields_refuse(const body *b, const char *const *names, size_t count);

#endif
