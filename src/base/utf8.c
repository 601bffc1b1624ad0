#include "base/utf8.h"

#include "base/sizes.h"

#include <string.h>

// What the first byte of a character says: bytes that follow it, and the range of the first of
// those (which rules out overlong forms, surrogates and points beyond U+10FFFF).
struct lead {
    uint8_t need, lower, upper, bits;
};

// need is 0 for a byte that cannot begin a character of several bytes.
static struct lead lead_of(uint8_t byte) {
    if (byte >= 0xC2 && byte <= 0xDF) return (struct lead){1, 0x80, 0xBF, byte & 0x1F};
    if (byte >= 0xE0 && byte <= 0xEF) {
        const uint8_t lower = byte == 0xE0 ? 0xA0 : 0x80;
        const uint8_t upper = byte == 0xED ? 0x9F : 0xBF;
        return (struct lead){2, lower, upper, byte & 0x0F};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        const uint8_t lower = byte == 0xF0 ? 0x90 : 0x80;
        const uint8_t upper = byte == 0xF4 ? 0x8F : 0xBF;
        return (struct lead){3, lower, upper, byte & 0x07};
    }
    return (struct lead){0, 0, 0, 0};
}

utf8_step utf8_push(utf8_decoder *d, uint8_t byte, uint32_t *point) {
    if (d->need == 0) {
        if (byte < 0x80) {
            *point = byte;
            return UTF8_POINT;
        }
        const struct lead lead = lead_of(byte);
        if (lead.need == 0) return UTF8_BAD;
        *d = (utf8_decoder){lead.bits, lead.need, 1, lead.lower, lead.upper};
        return UTF8_MORE;
    }
    if (byte < d->lower || byte > d->upper) {
        *d = (utf8_decoder){0};
        return UTF8_BAD_AGAIN;
    }
    d->point = d->point << 6 | (byte & 0x3F);
    d->need--;
    d->seen++;
    d->lower = 0x80;
    d->upper = 0xBF;
    if (d->need > 0) return UTF8_MORE;
    *point = d->point;
    *d = (utf8_decoder){0};
    return UTF8_POINT;
}

// Whether the eight bytes at p are all ASCII.
static bool ascii8(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return (word & 0x8080808080808080u) == 0;
}

size_t utf8_valid_prefix(const void *text, size_t size) {
    const uint8_t *bytes = text;
    utf8_decoder d = {0};
    uint32_t point;
    size_t good = 0; // end of the last whole character
    size_t i = 0;
    while (i < size) {
        if (d.need == 0 && size - i >= 8 && ascii8(bytes + i)) {
            i += 8;
            good = i;
            continue;
        }
        const utf8_step step = utf8_push(&d, bytes[i++], &point);
        if (step == UTF8_POINT) good = i;
        if (step == UTF8_BAD || step == UTF8_BAD_AGAIN) break;
    }
    return good;
}

bool utf8_valid(const void *text, size_t size) {
    return utf8_valid_prefix(text, size) == size;
}

size_t utf8_partial_tail(const void *text, size_t size) {
    const uint8_t *bytes = text;
    for (size_t tail = 1; tail <= size_min(size, 3); tail++) {
        const uint8_t *p = bytes + size - tail;
        if ((*p & 0xC0) == 0x80) continue; // not a first byte, look further back
        const struct lead lead = lead_of(*p);
        if (lead.need < tail) return 0; // ASCII, not UTF-8, or already complete
        if (tail > 1 && (p[1] < lead.lower || p[1] > lead.upper)) return 0;
        return tail;
    }
    return 0;
}

size_t utf8_cut(const void *text, size_t size, size_t max) {
    const uint8_t *bytes = text;
    if (max >= size) return size;
    const size_t tail = utf8_partial_tail(text, max);
    if (tail == 0) return max;
    // Only a character that the text really completes is worth keeping whole.
    const size_t rest = size - (max - tail);
    return utf8_valid_prefix(bytes + max - tail, size_min(rest, 4)) > 0 ? max - tail : max;
}

size_t utf8_encode(uint32_t point, uint8_t out[4]) {
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = UTF8_REPLACEMENT;
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    const size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t first[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6) out[i] = (uint8_t)(0x80 | (point & 0x3F));
    out[0] = (uint8_t)(first[size] | point);
    return size;
}

static bool append_point(buf *out, uint32_t point) {
    uint8_t bytes[4];
    return buf_append(out, bytes, utf8_encode(point, bytes));
}

bool utf8_repair(utf8_decoder *d, const void *text, size_t size, buf *out) {
    const uint8_t *bytes = text;
    for (size_t i = 0; i < size; i++) {
        uint32_t point = UTF8_REPLACEMENT;
        utf8_step step = utf8_push(d, bytes[i], &point);
        if (step == UTF8_BAD_AGAIN) {
            if (!append_point(out, UTF8_REPLACEMENT)) return false;
            step = utf8_push(d, bytes[i], &point); // from the start state: never AGAIN twice
        }
        if (step != UTF8_MORE && !append_point(out, point)) return false;
    }
    return true;
}

bool utf8_repair_end(utf8_decoder *d, buf *out) {
    const bool done = utf8_done(d);
    *d = (utf8_decoder){0};
    return done ? buf_ok(out) : append_point(out, UTF8_REPLACEMENT);
}
