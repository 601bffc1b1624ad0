// UTF-8 for what the program shows.
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stddef.h>

// The length of the character at s, which has at least size bytes, or 0 where there is none: no
// overlong forms, no surrogates, nothing beyond Unicode. *point (may be NULL) is the character.
size_t cli_utf8_character(const void *s, size_t size, unsigned *point);

// Columns that the character takes on a terminal: 0, 1 or 2.
size_t cli_utf8_columns(unsigned point);

// What a terminal may be shown of the character at s: itself, or a sign that stands for it. Control
// characters but newline and tab, which could command the terminal, become their pictures; what is
// no character, and what would turn the order of others round, becomes U+FFFD. Writes at most 4
// bytes and gives their number; *used is how many of s they stand for.
size_t cli_utf8_safe(const void *s, size_t size, char out[4], size_t *used);

#endif
