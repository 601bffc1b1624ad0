// UTF-8 as Unicode defines it: no surrogates, no overlong forms, nothing above U+10FFFF.
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFDu

bool utf8_valid(const void *text, size_t size);

// Bytes at the start of text that form whole, valid characters.
size_t utf8_valid_prefix(const void *text, size_t size);

// Bytes at the end of text that begin a character which more bytes could complete: 0 to 3. What a
// stream must hold back.
size_t utf8_partial_tail(const void *text, size_t size);

// The largest n <= max such that cutting text at n splits no valid character; max <= size.
size_t utf8_cut(const void *text, size_t size, size_t max);

// Writes 1 to 4 bytes and returns how many; a point that is not a character writes U+FFFD.
size_t utf8_encode(uint32_t point, uint8_t out[4]);

// Takes one byte at a time. {0} is the start state.
typedef struct utf8_decoder {
    uint32_t point;
    uint8_t need;         // bytes still missing
    uint8_t seen;         // bytes taken of the unfinished character
    uint8_t lower, upper; // what the next byte may be; meaningful when need > 0
} utf8_decoder;

typedef enum utf8_step {
    UTF8_MORE,     // the byte was taken, the character is not complete
    UTF8_POINT,    // the byte was taken and *point is a character
    UTF8_BAD,      // the byte was taken and is not UTF-8 here: one U+FFFD
    UTF8_BAD_AGAIN // what came before is broken: one U+FFFD, then push the same byte again
} utf8_step;

utf8_step utf8_push(utf8_decoder *d, uint8_t byte, uint32_t *point);

// Whether the stream may end here; when not, the unfinished bytes are one U+FFFD.
static inline bool utf8_done(const utf8_decoder *d) {
    return d->need == 0;
}

// Appends text to out with each maximal broken part replaced by U+FFFD; bytes of an unfinished
// character stay in d until the next call, so chunks may be cut anywhere. utf8_repair_end flushes
// them. Both return false when out ran out of memory.
bool utf8_repair(utf8_decoder *d, const void *text, size_t size, buf *out);
bool utf8_repair_end(utf8_decoder *d, buf *out);

#endif
