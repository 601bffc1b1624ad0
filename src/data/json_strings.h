// All strings of JSON text, whatever it is: one document, one a line, or cut off.
#ifndef DATA_JSON_STRINGS_H
#define DATA_JSON_STRINGS_H

#include <axl/status.h>

#include <stddef.h>

// Borrowed for the call.
typedef axl_status json_string_sink(void *ctx, const char *text, size_t bytes, axl_error *err);

// Gives each string, keys included, in the order of the text, decoded in place. What lies between
// strings is not looked at. A string that never ends is dropped, a wrong escape stays as it is.
axl_status json_strings_each(char *text, size_t bytes, json_string_sink *sink, void *ctx,
                             axl_error *err);

#endif
