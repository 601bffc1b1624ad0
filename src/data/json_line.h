// One line of JSONL that we do not trust: an object, some of whose strings are wanted.
//
// The line is checked as strict JSON in strict UTF-8 without building anything: what is not wanted
// is passed over, what is wanted is decoded in place, so a line costs no memory but its own,
// whatever it nests.
#ifndef DATA_JSON_LINE_H
#define DATA_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_LINE_DEPTH 512 // arrays and objects inside each other

// A member of the outer object. text is NULL where the member is missing or is no string; else it
// lies in the line, not terminated, and may hold zero bytes. number is what a member without sign,
// fraction or exponent says, below 10^18; 0 for any other.
typedef struct json_wanted {
    const char *name;
    const char *text;
    size_t bytes;
    uint64_t number;
    bool seen;
} json_wanted;

// Reads the line and fills in the members, whose names are set; false when it is not an object in
// correct JSON or has a wanted member twice. The text is written into.
bool json_line_read(char *line, size_t bytes, json_wanted *wanted, size_t count);

#endif
