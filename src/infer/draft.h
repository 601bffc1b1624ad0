// Drafts: what came next the last time that the text read as it does now. The longest earlier place
// in the text (the prompt included) that ends as the text ends is found over a hash of its last
// bytes; what followed there is guessed to follow here. Code and prose repeat themselves, so a
// guess is often right, and several right guesses cost one pass of the model instead of several.
#ifndef INFER_DRAFT_H
#define INFER_DRAFT_H

#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

#define DRAFT_MATCH ((size_t)4)      // bytes that a place must agree in
#define DRAFT_MATCH_MAX ((size_t)64) // and how many are compared

// {0} is an index of no text. It does not hold the text, which is passed to every call.
typedef struct draft_index {
    uint32_t *newest; // [DRAFT_BUCKETS]: 1 + the newest end of a place with that hash; owned
    uint32_t *older;  // [capacity]: by end: 1 + the next older end with the same hash; owned
    size_t length;    // symbols of the text that are known here
    size_t capacity;
} draft_index;

void draft_free(draft_index *d); // leaves {0}

// Bytes of memory that it holds.
size_t draft_bytes(const draft_index *d);

// The text is text[0 .. length) now, of which the part that is known here has not changed.
axl_status draft_grow(draft_index *d, const uint16_t *text, size_t length, axl_error *err);

// Only the first `length` symbols are left of the text.
void draft_cut(draft_index *d, const uint16_t *text, size_t length);

// `to` becomes an index of the same text. On failure *to is as before.
axl_status draft_copy(draft_index *to, const draft_index *from, axl_error *err);

typedef struct draft_place {
    size_t next;  // of the text: what may follow is text[next ..]
    size_t match; // symbols before it that agree with the end of the text; 0: no place was found
} draft_place;

draft_place draft_find(const draft_index *d, const uint16_t *text);

#endif
