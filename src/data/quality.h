// What can be counted of a text without understanding it.
#ifndef DATA_QUALITY_H
#define DATA_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct quality {
    uint64_t lines;       // the last one need not end
    uint64_t empty_lines; // of blanks only, or of nothing
    uint64_t longest;     // bytes of the longest line, without its end
    uint64_t letters;     // letters and digits of ASCII, and all bytes above it
    bool zero;            // has a zero byte
} quality;

quality quality_of(const char *text, size_t bytes);

#endif
