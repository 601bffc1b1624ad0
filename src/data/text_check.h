// Whether a file is text that is worth training on; looks at its bytes once, piece by piece.
#ifndef DATA_TEXT_CHECK_H
#define DATA_TEXT_CHECK_H

#include "data/corpus.h"

// Bytes at the start that show whether a file is text: a zero byte says no, and so do too many
// control characters.
#define TEXT_CHECK_HEAD ((size_t)8192)
#define TEXT_CHECK_CONTROL 30 // percent of the head

typedef struct text_check {
    size_t line_max;
    digest_state digest;
    uint64_t control; // control characters in the head
    size_t line;      // bytes of the line so far
    bool zero;        // a zero byte in the head
    bool long_line;
} text_check;

// {.line_max = N} is the state of no bytes.
void text_check_add(text_check *t, const char *data, size_t bytes);

// Why the bytes so far are no text, or CORPUS_REASONS when they may be; all says that these were
// all. What was refused once stays refused.
corpus_reason text_check_result(const text_check *t, bool all);

#endif
