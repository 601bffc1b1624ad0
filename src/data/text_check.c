#include "data/text_check.h"

#include "base/sizes.h"

#include <string.h>

// Those that text does not have: not tab, newline, form feed, carriage return, backspace, escape.
static bool is_control(char c) {
    const unsigned char u = (unsigned char)c;
    return (u < 0x20 && !memchr("\t\n\f\r\b\x1B", u, 6)) || u == 0x7F;
}

static void add_head(text_check *t, const char *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] == '\0') t->zero = true;
        if (is_control(data[i])) t->control++;
    }
}

static void add_lines(text_check *t, const char *data, size_t bytes) {
    while (bytes > 0 && !t->long_line) {
        const char *newline = memchr(data, '\n', bytes);
        const size_t part = newline ? (size_t)(newline - data) : bytes;
        t->long_line = part > t->line_max - t->line;
        t->line = newline ? 0 : t->line + part;
        data += newline ? part + 1 : part;
        bytes -= newline ? part + 1 : part;
    }
}

void text_check_add(text_check *t, const char *data, size_t bytes) {
    const uint64_t before = t->digest.bytes;
    if (before < TEXT_CHECK_HEAD)
        add_head(t, data, size_min(bytes, TEXT_CHECK_HEAD - (size_t)before));
    add_lines(t, data, bytes);
    digest_add(&t->digest, data, bytes);
}

corpus_reason text_check_result(const text_check *t, bool all) {
    const uint64_t bytes = t->digest.bytes;
    const uint64_t head = bytes < TEXT_CHECK_HEAD ? bytes : TEXT_CHECK_HEAD;
    if (!all && bytes < TEXT_CHECK_HEAD) return CORPUS_REASONS;
    if (all && bytes == 0) return CORPUS_EMPTY;
    if (t->zero || t->control * 100 > head * TEXT_CHECK_CONTROL) return CORPUS_BINARY;
    return t->long_line ? CORPUS_LONG_LINE : CORPUS_REASONS;
}
