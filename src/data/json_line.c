#include "data/json_line.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

// Invariant: at <= end. Reading goes through peek, which gives 0 at the end; a zero byte in the
// text is nowhere allowed outside of strings, and inside of them not without an escape.
typedef struct scanner {
    char *at, *end;
} scanner;

static char peek(const scanner *s) {
    return s->at < s->end ? *s->at : '\0';
}

static bool take(scanner *s, char c) {
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

static void skip_blanks(scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

static bool take_word(scanner *s, const char *word) {
    const size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0) return false;
    s->at += length;
    return true;
}

static bool take_digits(scanner *s) {
    const char *start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') s->at++;
    return s->at > start;
}

static bool take_number(scanner *s) {
    take(s, '-');
    if (!take(s, '0') && !take_digits(s)) return false;
    if (take(s, '.') && !take_digits(s)) return false;
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (!take(s, '+')) take(s, '-');
        return take_digits(s);
    }
    return true;
}

static bool take_hex(scanner *s, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char c = peek(s);
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A' + 10);
        else
            return false;
        *out = *out << 4 | digit;
        s->at++;
    }
    return true;
}

// Behind "\u": the character, of a surrogate pair if need be, appended at *out.
static bool take_point(scanner *s, char **out) {
    uint32_t point, low;
    if (!take_hex(s, &point)) return false;
    if (point >= 0xDC00 && point <= 0xDFFF) return false;
    if (point >= 0xD800 && point <= 0xDBFF) {
        if (!take(s, '\\') || !take(s, 'u') || !take_hex(s, &low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return false;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    uint8_t bytes[4];
    const size_t count = utf8_encode(point, bytes);
    memcpy(*out, bytes, count); // at most 4 bytes for the 6 or 12 that were read
    *out += count;
    return true;
}

static bool take_escape(scanner *s, char **out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (take(s, 'u')) return take_point(s, out);
    const char c = peek(s);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found) return false;
    s->at++;
    *(*out)++ = to[found - from];
    return true;
}

// Decodes a string in place, which never makes it longer.
static bool take_string(scanner *s, char **text, size_t *bytes) {
    if (!take(s, '"')) return false;
    char *out = s->at;
    *text = out;
    while (s->at < s->end) {
        // Most of a text is plain; only what was moved by an escape before it must be copied.
        const char *run = s->at;
        while (s->at < s->end && *s->at != '"' && *s->at != '\\' && (unsigned char)*s->at >= 0x20)
            s->at++;
        const size_t plain = (size_t)(s->at - run);
        if (out != run) memmove(out, run, plain);
        out += plain;
        if (take(s, '"')) {
            *bytes = (size_t)(out - *text);
            return true;
        }
        if (!take(s, '\\') || !take_escape(s, &out)) return false;
    }
    return false;
}

// Which of the open arrays and objects are objects, a bit each.
typedef struct nesting {
    uint64_t object[JSON_LINE_DEPTH / 64];
    size_t depth;
} nesting;

static bool in_object(const nesting *n) {
    const size_t i = n->depth - 1;
    return n->object[i / 64] >> i % 64 & 1;
}

static bool enter(nesting *n, bool object) {
    if (n->depth == JSON_LINE_DEPTH) return false;
    const uint64_t bit = (uint64_t)1 << n->depth % 64;
    uint64_t *word = &n->object[n->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    n->depth++;
    return true;
}

static bool skip_name(scanner *s) {
    char *text;
    size_t bytes;
    skip_blanks(s);
    if (!take_string(s, &text, &bytes)) return false;
    skip_blanks(s);
    return take(s, ':');
}

// A value that nests no further, or the start of one that does; *opened says which.
static bool skip_start(scanner *s, nesting *n, bool *opened) {
    char *text;
    size_t bytes;
    *opened = false;
    skip_blanks(s);
    switch (peek(s)) {
    case '"':
        return take_string(s, &text, &bytes);
    case 't':
        return take_word(s, "true");
    case 'f':
        return take_word(s, "false");
    case 'n':
        return take_word(s, "null");
    case '[':
    case '{': {
        const bool object = *s->at++ == '{';
        if (!enter(n, object)) return false;
        skip_blanks(s);
        if (take(s, object ? '}' : ']')) {
            n->depth--;
            return true;
        }
        *opened = true;
        return !object || skip_name(s);
    }
    default:
        return take_number(s);
    }
}

static bool skip_value(scanner *s) {
    nesting n = {.depth = 0};
    do {
        bool opened;
        if (!skip_start(s, &n, &opened)) return false;
        if (opened) continue;
        // Behind a whole value: closes what ends here, up to a comma.
        while (n.depth > 0) {
            skip_blanks(s);
            if (take(s, ',')) {
                if (in_object(&n) && !skip_name(s)) return false;
                break;
            }
            if (!take(s, in_object(&n) ? '}' : ']')) return false;
            n.depth--;
        }
    } while (n.depth > 0);
    return true;
}

static json_wanted *find(json_wanted *wanted, size_t count, const char *name, size_t bytes) {
    for (size_t i = 0; i < count; i++)
        if (strlen(wanted[i].name) == bytes && memcmp(wanted[i].name, name, bytes) == 0)
            return &wanted[i];
    return NULL;
}

// The value of at most 18 digits, 0 for anything else.
static uint64_t number_of(const char *text, const char *end) {
    uint64_t number = 0;
    if (end - text > 18) return 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') return 0;
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

static bool take_member(scanner *s, json_wanted *wanted, size_t count) {
    char *text;
    size_t bytes;
    skip_blanks(s);
    if (!take_string(s, &text, &bytes)) return false;
    json_wanted *w = find(wanted, count, text, bytes);
    if (w && w->seen) return false;
    if (w) w->seen = true;
    skip_blanks(s);
    if (!take(s, ':')) return false;
    skip_blanks(s);
    if (!w || peek(s) != '"') {
        const char *begin = s->at;
        if (!skip_value(s)) return false;
        if (w) w->number = number_of(begin, s->at);
        return true;
    }
    if (!take_string(s, &text, &bytes)) return false;
    w->text = text;
    w->bytes = bytes;
    return true;
}

bool json_line_read(char *line, size_t bytes, json_wanted *wanted, size_t count) {
    for (size_t i = 0; i < count; i++) wanted[i] = (json_wanted){.name = wanted[i].name};
    if (!utf8_valid(line, bytes)) return false;
    scanner s = {line, line + bytes};
    skip_blanks(&s);
    if (!take(&s, '{')) return false;
    skip_blanks(&s);
    if (!take(&s, '}')) {
        do {
            if (!take_member(&s, wanted, count)) return false;
            skip_blanks(&s);
        } while (take(&s, ','));
        if (!take(&s, '}')) return false;
    }
    skip_blanks(&s);
    return s.at == s.end;
}
