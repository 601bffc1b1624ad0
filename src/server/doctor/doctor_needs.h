// What an answer must have, as a line of text: "choices.0.text:s usage.total_tokens:n". A place is
// names and numbers with points between; behind the colon the types that will do:
//   s string   n number   b true or false   a array   o object   z null   * anything
// A "?" before a place: it may be absent.
#ifndef SERVER_DOCTOR_NEEDS_H
#define SERVER_DOCTOR_NEEDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// What is at a place; NULL: nothing.
const json_t *needs_at(const json_t *root, const char *place);

// False: found says what is missing. needs may be NULL: nothing.
bool needs_met(const json_t *root, const char *needs, char *found, size_t size);

#endif
