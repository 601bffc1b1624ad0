// JSON in files that we do not trust, taken apart member by member.
//
// jansson reads the names and values, each from a piece of text with a limit, so that what it
// builds is never much larger than one member: a hostile file costs no memory, however large it is.
// jansson allocates with malloc, past the hook of base/alloc.h: its allocation functions belong to
// the whole process, which may use jansson itself, and are not ours to change.
#ifndef FORMATS_JSON_TEXT_H
#define FORMATS_JSON_TEXT_H

#include "base/buf.h"
#include <axl/status.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// Borrows the text, which json_text_string writes into; strict JSON in strict UTF-8, duplicate
// names refused, nested at most as deep as jansson goes (2048). Invariant: at <= size.
typedef struct json_text {
    const char *what; // names the text in messages: a path
    char *text;       // not terminated
    size_t size;
    size_t at;     // next byte to read
    size_t origin; // offset of text[0] in the file, so that messages name the right place
} json_text;

// A path for messages: its end, where all of it would leave no room for the reason. Points into
// path.
const char *json_text_name(const char *path);

// AXL_BAD_FILE with "WHAT:OFFSET: reason"; at is a place in the text.
axl_status json_text_error(const json_text *j, size_t at, axl_error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// Reads one value of at most limit bytes, blanks before it not counted. The caller gives *out back
// with json_decref.
axl_status json_text_value(json_text *j, size_t limit, json_t **out, axl_error *err);

// Reads one string of at most limit bytes between its quotes. It is decoded in place: *out lies in
// the text, is terminated and has no zero byte inside.
axl_status json_text_string(json_text *j, size_t limit, char **out, axl_error *err);

// Called with j behind the colon; must read the value.
typedef axl_status json_member(void *ctx, json_text *j, char *name, axl_error *err);

// Reads one object: member for each of its members, in their order. Whoever cares about duplicate
// names compares them afterwards. A name has at most name_limit bytes.
axl_status json_text_object(json_text *j, size_t name_limit, json_member *member, void *ctx,
                            axl_error *err);

// AXL_OK when only blanks are left.
axl_status json_text_end(json_text *j, axl_error *err);

// Appends text as a JSON string with its quotes; text must be valid UTF-8.
bool json_text_put_string(buf *out, const char *text);

// Appends a finite number with few digits that read back as the same double, always with a
// point or an exponent, whatever the locale.
bool json_text_put_real(buf *out, double value);

#endif
