// What HTTP calls a token, a field line, a list: pure functions on text that has no zero and no
// line end in it.
#ifndef SERVER_HTTP_TEXT_H
#define SERVER_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// At least one character, and only those of a token.
bool http_is_token(const char *text, size_t size);

// Characters of a token at the start of text.
size_t http_token_size(const char *text);

// The same but for the case of ASCII letters.
bool http_same(const char *a, const char *b);

// 0 to 15; -1: no digit.
int http_hex(char digit);

// Decimal digits only, at least one. False also when 64 bits do not hold it.
bool http_decimal(const char *text, uint64_t *out);

// Whether the list, whose members have commas between them, has the word.
bool http_list_has(const char *list, const char *word);

// Splits "name: value" in place: blanks around the value go, tabs inside become spaces. False: it
// is no field line; one that begins with a blank, or has one before the colon, is none.
bool http_field_split(char *line, char **name, char **value);

// host [":" port], as in the field Host: a name, a number, or a number of IPv6 in brackets.
bool http_is_authority(const char *text);

#endif
