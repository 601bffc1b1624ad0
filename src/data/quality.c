#include "data/quality.h"

#include <string.h>

static bool is_letter(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static void count_line(quality *q, const char *line, size_t bytes) {
    size_t letters = 0, blanks = 0;
    for (size_t i = 0; i < bytes; i++) {
        letters += is_letter((unsigned char)line[i]);
        blanks += line[i] == ' ' || line[i] == '\t' || line[i] == '\r';
    }
    q->lines++;
    q->letters += letters;
    q->empty_lines += blanks == bytes;
    q->longest = bytes > q->longest ? bytes : q->longest;
}

quality quality_of(const char *text, size_t bytes) {
    quality q = {.zero = bytes > 0 && memchr(text, '\0', bytes)};
    while (bytes > 0) {
        const char *newline = memchr(text, '\n', bytes);
        const size_t line = newline ? (size_t)(newline - text) : bytes;
        const size_t step = newline ? line + 1 : line;
        count_line(&q, text, line);
        text += step;
        bytes -= step;
    }
    return q;
}
