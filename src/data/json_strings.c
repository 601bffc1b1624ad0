#include "data/json_strings.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool read_hex(const char *at, const char *end, uint32_t *out) {
    *out = 0;
    if (end - at < 4) return false;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const bool digit = c >= '0' && c <= '9';
        const bool small = c >= 'a' && c <= 'f', capital = c >= 'A' && c <= 'F';
        if (!digit && !small && !capital) return false;
        *out = *out << 4 | (uint32_t)(digit ? c - '0' : small ? c - 'a' + 10 : c - 'A' + 10);
    }
    return true;
}

// "uXXXX" or a pair of them at *at; puts the character at *to, which is behind by at least as much.
static bool take_point(const char **at, const char *end, char **to) {
    uint32_t point, low;
    if (!read_hex(*at + 1, end, &point)) return false;
    const char *next = *at + 5;
    if (point >= 0xD800 && point <= 0xDBFF && end - next >= 6 && next[0] == '\\' &&
        next[1] == 'u' && read_hex(next + 2, end, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        next += 6;
    }
    uint8_t bytes[4];
    const size_t count = utf8_encode(point, bytes);
    memcpy(*to, bytes, count); // at most 4 bytes for 6 or 12
    *to += count;
    *at = next;
    return true;
}

// What follows a backslash at *at.
static void take_escape(const char **at, const char *end, char **to) {
    static const char from[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (**at == 'u' && take_point(at, end, to)) return;
    const char *found = **at ? strchr(from, **at) : NULL;
    *(*to)++ = found ? meant[found - from] : **at;
    ++*at;
}

axl_status json_strings_each(char *text, size_t bytes, json_string_sink *sink, void *ctx,
                             axl_error *err) {
    const char *at = text, *end = text + bytes;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        char *begin = text + (++at - text), *to = begin;
        while (at < end && *at != '"') {
            const char c = *at++;
            if (c == '\\' && at < end)
                take_escape(&at, end, &to);
            else
                *to++ = c;
        }
        if (at >= end) return AXL_OK;
        at++;
        FORWARD(sink(ctx, begin, (size_t)(to - begin), err));
    }
    return AXL_OK;
}
