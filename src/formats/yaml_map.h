// Settings in YAML: one document, a mapping of names to values, where a value is text, a list of
// texts, or one more mapping of the same kind. Nothing else is taken: no anchors, aliases, tags or
// several documents, so that a file says what it seems to say and costs what its size is.
#ifndef FORMATS_YAML_MAP_H
#define FORMATS_YAML_MAP_H

#include <axl/status.h>

#include <stddef.h>

#define YAML_MAP_BYTES ((size_t)1 << 20) // a longer text is refused
#define YAML_MAP_DEPTH 4
#define YAML_MAP_NAME 128 // of a whole path "model.d_model", with the terminator
#define YAML_MAP_NAMES ((size_t)1024)

// One value. A list calls once for each of its values; so does `key:` without one, with "".
typedef struct yaml_value {
    const char *name; // path with dots: "model.d_model"
    const char *text;
    size_t line; // from 1
} yaml_value;

typedef axl_status yaml_map_fn(void *ctx, const yaml_value *value, axl_error *err);

typedef struct yaml_source {
    const char *what; // names it in messages: a path
    const void *text; // [bytes]
    size_t bytes;
} yaml_source;

// Calls fn for each value in order. AXL_BAD_FILE "WHAT:LINE: reason" for text that is no such
// document or names anything twice; what fn returns ends the reading, with "WHAT:LINE: " before its
// text.
axl_status yaml_map_read(const yaml_source *from, yaml_map_fn *fn, void *ctx, axl_error *err);

#endif
