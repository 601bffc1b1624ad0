// Small text helpers. None depends on the locale.
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Formats into out[size] (size >= 1), always terminated, cut before a UTF-8 character that does not
// fit whole. Returns the bytes written without the terminator; *cut (may be NULL) says if it was
// cut.
size_t string_format(char *out, size_t size, bool *cut, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
size_t string_vformat(char *out, size_t size, bool *cut, const char *fmt, va_list args)
    __attribute__((format(printf, 4, 0)));

// Copies as much of text as fits, under the same rules as string_format.
size_t string_copy(char *out, size_t size, const char *text);

bool string_starts(const char *text, const char *prefix);
bool string_ends(const char *text, const char *suffix);

// Edits (insert, delete, replace, swap of neighbours) that turn a into b, counted in bytes; any
// text beyond STRING_DISTANCE_MAX bytes gives SIZE_MAX. No allocation.
#define STRING_DISTANCE_MAX 64
size_t string_distance(const char *a, const char *b);

// The index of the name nearest to word, the first one on a tie, or SIZE_MAX when none is near
// enough to be meant (more than a third of the word's length, at least one edit).
size_t string_nearest(const char *word, const char *const *names, size_t count);

// "name=value" into name, of at most size - 1 bytes and not empty; the value, or NULL where text is
// no such pair. The value points into text.
const char *string_pair(const char *text, char *name, size_t size);

// "0 B", "512 B", "1.5 GiB": at most one decimal, binary units. Writes out and returns it.
#define STRING_SIZE_MAX 16
const char *string_size(char out[STRING_SIZE_MAX], uint64_t bytes);

// The whole of text as a number, or false: no blanks, no sign, no overflow. string_to_u64 takes
// decimal digits; string_to_size adds an optional unit K M G T (Ki, KiB, KB and k mean the same,
// all powers of 1024) and a fraction before it, as in "1.5G".
bool string_to_u64(const char *text, uint64_t *out);
bool string_to_size(const char *text, uint64_t *out);

#endif
