// A bounded reader of little-endian bytes, for every file and message we do not trust.
//
// Failure is sticky: a read past the end returns 0 (or NULL), moves nothing, and every later read
// fails too, so that a header can be read in a row and checked once with cursor_ok. The one thing
// to check at once is a count that drives a loop or an allocation: cursor_count does it.
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Borrows the bytes. Invariant: at <= size, and at stays where the first failed read began.
typedef struct cursor {
    const uint8_t *data;
    size_t size;
    size_t at;     // next byte to read
    size_t origin; // offset of data[0] in the whole file, so that messages name the right place
    size_t wanted; // bytes that the first failed read asked for
    bool failed;
} cursor;

// data must stay valid while the cursor is used; it may be NULL when size is 0.
void cursor_init(cursor *c, const void *data, size_t size);

uint8_t cursor_u8(cursor *c);
uint16_t cursor_u16(cursor *c);
uint32_t cursor_u32(cursor *c);
uint64_t cursor_u64(cursor *c);
int8_t cursor_i8(cursor *c);
int16_t cursor_i16(cursor *c);
int32_t cursor_i32(cursor *c);
int64_t cursor_i64(cursor *c);
float cursor_f32(cursor *c);
double cursor_f64(cursor *c);

// A u64 count of things that take at least element_size bytes each in what is left. Fails, and
// returns 0, when so many cannot be there: no allocation is ever larger than the file justifies.
size_t cursor_count(cursor *c, size_t element_size);

// size bytes in place, borrowed from the data, not terminated and not aligned; NULL on failure.
// A size of 0 gives a pointer that is not NULL (unless the cursor has failed).
const void *cursor_bytes(cursor *c, size_t size);

bool cursor_copy(cursor *c, void *out, size_t size); // on failure out is zeroed
bool cursor_skip(cursor *c, size_t size);
bool cursor_seek(cursor *c, size_t at);     // absolute within data; at == size is allowed
bool cursor_align(cursor *c, size_t align); // forward to a multiple of align from data[0]

// A cursor on the next size bytes, which this one skips; a failed, empty one if they are not there.
cursor cursor_sub(cursor *c, size_t size);

static inline bool cursor_ok(const cursor *c) {
    return !c->failed;
}

static inline size_t cursor_left(const cursor *c) {
    return c->failed ? 0 : c->size - c->at;
}

// Makes the cursor fail here, for a caller that found the value itself wrong.
void cursor_fail(cursor *c);

// AXL_OK, or AXL_BAD_FILE with "WHAT: ends at byte N, M more needed" in err (which may be NULL).
axl_status cursor_status(const cursor *c, const char *what, axl_error *err);

#endif
