#include "cli/cli_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PIECE 16 // room for one character or its name

// Bytes of the character at text, 1 to 4, and which it is; 0 where it is not UTF-8.
static size_t decode(const unsigned char *text, size_t bytes, uint32_t *point) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t size = text[0] < 0x80   ? 1
                        : text[0] < 0xC0 ? 0
                        : text[0] < 0xE0 ? 2
                        : text[0] < 0xF0 ? 3
                        : text[0] < 0xF8 ? 4
                                         : 0;
    if (size == 0 || size > bytes) return 0;
    *point = size == 1 ? text[0] : text[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
        *point = *point << 6 | (text[i] & 0x3F);
    }
    const bool surrogate = *point >= 0xD800 && *point <= 0xDFFF;
    return *point < least[size] || *point > 0x10FFFF || surrogate ? 0 : size;
}

// Whether a character would command the terminal, or not be seen.
static bool is_hidden(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

// Writes what stands for the next character and returns how many bytes it takes of the text.
static size_t name_next(char piece[PIECE], const unsigned char *text, size_t bytes) {
    uint32_t point;
    const size_t size = decode(text, bytes, &point);
    if (size == 0) {
        snprintf(piece, PIECE, "\\x%02x", text[0]);
        return 1;
    }
    if (point == '\n' || point == '\t' || point == '\r' || point == '\\') {
        const char letter = point == '\n' ? 'n' : point == '\t' ? 't' : point == '\r' ? 'r' : '\\';
        snprintf(piece, PIECE, "\\%c", letter);
    } else if (is_hidden(point)) {
        snprintf(piece, PIECE, point < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)point);
    } else {
        memcpy(piece, text, size);
        piece[size] = '\0';
    }
    return size;
}

const char *cli_escape(char *out, size_t size, const char *text, size_t bytes) {
    size_t used = 0, fits = 0; // fits: what may stay when "..." must follow
    for (size_t at = 0; at < bytes;) {
        char piece[PIECE];
        at += name_next(piece, (const unsigned char *)text + at, bytes - at);
        const size_t length = strlen(piece);
        if (used + length + 1 > size) {
            memcpy(out + fits, "...", 4);
            return out;
        }
        memcpy(out + used, piece, length);
        used += length;
        if (used + 4 <= size) fits = used;
    }
    out[used] = '\0';
    return out;
}
