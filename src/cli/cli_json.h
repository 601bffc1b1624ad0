// A writer of JSON to stdout that keeps commas, quotes and indentation right. None of its names is
// one of jansson's, which the library calls by name: the program's own would take their place.
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_JSON_DEPTH 8

// {0} starts a document.
typedef struct json {
    size_t depth;
    char close[CLI_JSON_DEPTH]; // what ends each open level
    bool filled[CLI_JSON_DEPTH];
    size_t flat; // this level and deeper ones are on one line; 0: none
} json;

// name: the key in an object, NULL in an array and for the document itself.
void json_open(json *j, const char *name); // an object
void json_open_list(json *j, const char *name);
void json_flat_object(json *j, const char *name); // on one line, with everything in it
void json_end(json *j); // of the innermost object or array; a newline after the document
void json_text(json *j, const char *name, const char *text);
void json_bytes(json *j, const char *name, const char *bytes, size_t size);
void json_bool(json *j, const char *name, bool value);
void json_size(json *j, const char *name, uint64_t value);
void json_number(json *j, const char *name, double value);   // null where it is not finite
void json_positive(json *j, const char *name, double value); // null where it is not above 0

#endif
