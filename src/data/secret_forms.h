// The forms that services give their keys, and what makes a value look random. Private to data/.
#ifndef DATA_SECRET_FORMS_H
#define DATA_SECRET_FORMS_H

#include <stdbool.h>
#include <stddef.h>

// A prefix and what follows it, as a sequence of
//   [a-zA-Z0-9_-]{n} {n,m} {n,}   so many of these characters, as many as there are; more are none
//   x                             this character
typedef struct secret_form {
    const char *name, *prefix, *rest;
    bool mixed; // also words have this form: there must be digits, small letters and capitals
} secret_form;

extern const secret_form secret_forms[];
extern const size_t secret_form_count;

// Bytes of the secret of this form at the start of text, 0 where there is none.
size_t secret_form_match(const secret_form *f, const char *text, size_t bytes);

// Whether the text has letters and digits in an order that names and words do not have: each
// character carries 3 bits at least (3.5 where it is not hexadecimal), and three in ten differ in
// kind (digit, small letter, capital) from the one before.
#define SECRET_RANDOM_LEAST 16
#define SECRET_RANDOM_MOST 1024
bool secret_is_random(const char *text, size_t bytes);

#endif
