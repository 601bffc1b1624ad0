// A growing byte buffer, for text and for little-endian binary output.
//
// Failure is sticky, as in the cursor: when memory runs out the buffer keeps what it had, every
// later append fails, and one check of buf_ok at the end is enough.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Invariant: data is NULL or data[size] == 0, so data is a C string whenever the bytes are text.
// {0} is a valid empty buffer. The owner of the struct owns data.
typedef struct buf {
    char *data;
    size_t size;
    size_t capacity; // bytes of data, the terminator included
    bool failed;
} buf;

void buf_free(buf *b);                  // frees data and leaves {0}; NULL is fine
void buf_clear(buf *b);                 // empty and not failed, memory kept
bool buf_reserve(buf *b, size_t more);  // room for `more` bytes beyond size
void buf_truncate(buf *b, size_t size); // no effect when size >= b->size

bool buf_append(buf *b, const void *bytes, size_t size); // bytes may lie inside b->data
bool buf_text(buf *b, const char *text);
bool buf_byte(buf *b, uint8_t byte);
bool buf_fill(buf *b, uint8_t byte, size_t count);
bool buf_format(buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_vformat(buf *b, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

// Little-endian on every machine.
bool buf_u16(buf *b, uint16_t value);
bool buf_u32(buf *b, uint32_t value);
bool buf_u64(buf *b, uint64_t value);
bool buf_f32(buf *b, float value);
bool buf_f64(buf *b, double value);
bool buf_align(buf *b, size_t align); // zeros up to a multiple of align (a power of two)

static inline bool buf_ok(const buf *b) {
    return !b->failed;
}

// The content as a C string, "" when empty; borrowed until the next change.
static inline const char *buf_string(const buf *b) {
    return b->data ? b->data : "";
}

// Hands the bytes to the caller, who frees them with mem_free; the buffer becomes {0}. NULL when
// the buffer had failed (its memory is freed then) or not even the terminator could be allocated.
// size may be NULL.
char *buf_take(buf *b, size_t *size);

#endif
