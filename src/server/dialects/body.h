// The body of a request: JSON that nobody vouches for, and its fields one by one.
//
// jansson reads it: strict JSON in strict UTF-8 (so no lone surrogates), whole numbers of 64 bits,
// no NaN, no name twice. It allocates past base/alloc.h (formats/json_text.h says why), so its size
// is limited before: nesting and the number of values are counted first, and a value costs jansson
// less than 100 bytes and its text.
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include "server/refusal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define BODY_DEPTH ((size_t)64)           // arrays and objects inside of each other
#define BODY_VALUES ((size_t)1 << 18)     // values and names
#define BODY_BYTES_MAX ((size_t)64 << 20) // whatever limit the transport has

// {0} is none. Owns root.
typedef struct body {
    json_t *root; // an object
    refusal *why; // borrowed: where every reader says what is wrong
} body;

// An empty text is an empty object. False with *why filled in; then there is nothing to free.
bool body_read(body *b, const void *bytes, size_t size, refusal *why);
void body_free(body *b); // leaves {0}

// The value of a field; NULL where it is absent or null, which mean the same.
const json_t *body_get(const body *b, const char *name);

// These leave *out alone where the field is absent, and refuse a value of another type.
bool body_bool(const body *b, const char *name, bool *out);
bool body_text(const body *b, const char *name, const json_t **out); // a string

// A number as a whole one: 3 and 3.0 are, 3.5 and 1e300 are not.
bool json_whole(const json_t *value, json_int_t *out);

// Refuses a field: "FIELD should be WHAT".
bool body_wrong(const body *b, const char *name, const char *what);

#endif
