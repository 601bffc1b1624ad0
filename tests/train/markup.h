// A checker of markup for the tests of the report.
#ifndef TRAIN_MARKUP_H
#define TRAIN_MARKUP_H

#include <stddef.h>

// NULL when text[size] is <!DOCTYPE html>, then one element that is well-formed: tags that close
// each other, attributes once each and in quotes, no bare '<' or '&', only UTF-8 and no control
// characters but newline and tab. Else what is wrong, and *at says where.
const char *markup_fault(const char *text, size_t size, size_t *at);

#endif
