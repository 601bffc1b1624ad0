#include "cli/cli_utf8.h"

#include <stdbool.h>
#include <string.h>

size_t cli_utf8_character(const void *text, size_t size, unsigned *point) {
    const unsigned char *s = text;
    if (size == 0) return 0;
    const size_t length = s[0] < 0x80                   ? 1
                          : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                          : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                          : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                        : 0;
    if (length == 0 || length > size) return 0;
    unsigned value = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (s[i] >> 6 != 2) return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
    if (point) *point = value;
    return length;
}

typedef struct range {
    unsigned from, to;
} range;

static bool in(const range *list, size_t count, unsigned point) {
    for (size_t i = 0; i < count; i++)
        if (point >= list[i].from && point <= list[i].to) return true;
    return false;
}
#define IN(list, point) in(list, sizeof(list) / sizeof *(list), point)

size_t cli_utf8_columns(unsigned point) {
    // Marks that combine with the character before, and those that have no width.
    static const range none[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                 {0x610, 0x61a},   {0x64b, 0x65f},   {0x200b, 0x200f},
                                 {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    // East Asian wide characters and pictures.
    static const range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                                 {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                                 {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
                                 {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    return IN(none, point) ? 0 : IN(wide, point) ? 2 : 1;
}

static size_t put3(char out[4], unsigned point) {
    out[0] = (char)(0xe0 | point >> 12);
    out[1] = (char)(0x80 | (point >> 6 & 0x3f));
    out[2] = (char)(0x80 | (point & 0x3f));
    return 3;
}

size_t cli_utf8_safe(const void *s, size_t size, char out[4], size_t *used) {
    static const range turns[] = {{0x80, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
                                  {0x202a, 0x202e}, {0x2066, 0x2069}, {0x2028, 0x2029}};
    unsigned point;
    const size_t length = cli_utf8_character(s, size, &point);
    *used = length ? length : 1;
    if (length == 0 || IN(turns, point)) return put3(out, 0xfffd);
    if (point == 0x7f) return put3(out, 0x2421);
    if (point < ' ' && point != '\n' && point != '\t') return put3(out, 0x2400 + point);
    memcpy(out, s, length);
    return length;
}
