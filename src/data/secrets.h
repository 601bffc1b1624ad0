// Keys, tokens and passwords that were left in a text, found by their form and masked.
//
// Three kinds of rules: a table of the forms that services give their keys; blocks of private keys;
// and values that look random where a name says that they are secret. What is masked becomes
// SECRETS_MASK, a word without quotes or blanks, so that code that parsed still parses. A false
// alarm costs a word of training text, a miss could publish somebody's key: in doubt a form with a
// fixed prefix is masked, and a value without one is not.
#ifndef DATA_SECRETS_H
#define DATA_SECRETS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRETS_MASK "MASKED_SECRET"

// Kinds, by number; names are constants.
size_t secrets_kinds(void);
const char *secrets_kind_name(size_t kind);

#define SECRETS_KINDS_MAX 48
typedef struct secrets_count {
    uint64_t kind[SECRETS_KINDS_MAX];
    uint64_t all;
} secrets_count;

// Appends the text with its secrets masked to *out, and counts them. Without any nothing is
// appended. False when out ran out of memory.
bool secrets_mask(const char *text, size_t bytes, secrets_count *count, buf *out);

#endif
