// A writer of JSON into a buffer that keeps commas, quotes and indentation right. Failure is the
// buffer's own: one check of buf_ok at the end is enough.
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_OUT_DEPTH 12 // a deeper document fails the buffer

// {.to = buffer} starts a document.
typedef struct json_out {
    buf *to; // borrowed
    size_t depth;
    char close[JSON_OUT_DEPTH]; // what ends each open level
    bool filled[JSON_OUT_DEPTH];
    size_t flat; // this level and deeper ones are on one line; 0: none
} json_out;

// name: the key in an object, NULL in an array and for the document itself.
void json_out_object(json_out *j, const char *name);
void json_out_array(json_out *j, const char *name);
void json_out_flat_object(json_out *j, const char *name); // on one line, with everything in it
void json_out_end(json_out *j); // of the innermost object or array; a newline after the document
void json_out_text(json_out *j, const char *name, const char *text); // NULL: null
void json_out_bytes(json_out *j, const char *name, const void *bytes, size_t size);
void json_out_bool(json_out *j, const char *name, bool value);
void json_out_count(json_out *j, const char *name, uint64_t value);
void json_out_number(json_out *j, const char *name, double value); // null where it is not finite

// Appends bytes as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD.
bool json_out_quote(buf *to, const void *bytes, size_t size);

#endif
