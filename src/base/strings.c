#include "base/strings.h"

#include "base/sizes.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

size_t string_format(char *out, size_t size, bool *cut, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const size_t length = string_vformat(out, size, cut, fmt, args);
    va_end(args);
    return length;
}

size_t string_vformat(char *out, size_t size, bool *cut, const char *fmt, va_list args) {
    const int wanted = vsnprintf(out, size, fmt, args);
    if (wanted < 0) out[0] = '\0';
    size_t length = wanted < 0 ? 0 : size_min((size_t)wanted, size - 1);
    const bool short_of = wanted < 0 || (size_t)wanted > length;
    if (short_of) {
        length -= utf8_partial_tail(out, length);
        out[length] = '\0';
    }
    if (cut) *cut = short_of;
    return length;
}

size_t string_copy(char *out, size_t size, const char *text) {
    return string_format(out, size, NULL, "%s", text);
}

bool string_starts(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool string_ends(const char *text, const char *suffix) {
    const size_t length = strlen(text);
    const size_t tail = strlen(suffix);
    return tail <= length && memcmp(text + length - tail, suffix, tail) == 0;
}

// Restricted Damerau-Levenshtein: row[i][j] = edits from the first i bytes of a to the first j of
// b. Row i needs rows i - 1 and i - 2, so three rows suffice.
size_t string_distance(const char *a, const char *b) {
    const size_t na = strlen(a);
    const size_t nb = strlen(b);
    if (na > STRING_DISTANCE_MAX || nb > STRING_DISTANCE_MAX) return SIZE_MAX;
    size_t rows[3][STRING_DISTANCE_MAX + 1];
    for (size_t j = 0; j <= nb; j++) rows[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above2 = rows[(i + 1) % 3]; // read only when i > 1
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = size_min(replaced, size_min(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = size_min(row[j], above2[j - 2] + 1);
            }
        }
    }
    return rows[na % 3][nb];
}

size_t string_nearest(const char *word, const char *const *names, size_t count) {
    const size_t allowed = size_max(1, strlen(word) / 3);
    size_t best = SIZE_MAX;
    size_t best_distance = allowed + 1;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = string_distance(word, names[i]);
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

const char *string_pair(const char *text, char *name, size_t size) {
    const char *equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= size) return NULL;
    memcpy(name, text, length);
    name[length] = '\0';
    return equals + 1;
}

const char *string_size(char out[STRING_SIZE_MAX], uint64_t bytes) {
    static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    while (unit + 1 < sizeof units / sizeof units[0] && bytes >> (10 * (unit + 1)) != 0) unit++;
    const unsigned shift = 10 * unit;
    uint64_t whole = bytes >> shift;
    // Tenths rounded to nearest; integers only, because printf's %f follows the locale.
    uint64_t tenths = 0;
    if (unit > 0) {
        const uint64_t rest = (bytes >> (shift - 10)) & 1023;
        tenths = (rest * 10 + 512) >> 10;
    }
    if (tenths == 10) {
        whole++;
        tenths = 0;
    }
    if (whole == 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        whole = 1;
        unit++;
    }
    if (tenths == 0) {
        string_format(out, STRING_SIZE_MAX, NULL, "%u %s", (unsigned)whole, units[unit]);
    } else {
        string_format(out, STRING_SIZE_MAX, NULL, "%u.%u %s", (unsigned)whole, (unsigned)tenths,
                      units[unit]);
    }
    return out;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Decimal digits at *text; moves *text behind them. False without a digit or on overflow.
static bool read_digits(const char **text, uint64_t *out) {
    const char *p = *text;
    uint64_t value = 0;
    if (!is_digit(*p)) return false;
    for (; is_digit(*p); p++) {
        const uint64_t digit = (uint64_t)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *text = p;
    *out = value;
    return true;
}

bool string_to_u64(const char *text, uint64_t *out) {
    uint64_t value;
    if (!read_digits(&text, &value) || *text != '\0') return false;
    *out = value;
    return true;
}

// The power of two of a unit such as "", "B", "K", "Ki", "KiB", "KB" in either case; -1 for others.
static int unit_shift(const char *unit) {
    static const char letters[] = "kmgtKMGT";
    int shift = 0;
    const char *letter = *unit ? strchr(letters, *unit) : NULL;
    if (letter) {
        shift = 10 * (int)((letter - letters) % 4 + 1);
        unit++;
        if (*unit == 'i') unit++;
    }
    if (*unit == 'B' || *unit == 'b') unit++;
    return *unit == '\0' ? shift : -1;
}

bool string_to_size(const char *text, uint64_t *out) {
    uint64_t whole;
    if (!read_digits(&text, &whole)) return false;
    // Six digits of fraction are kept, enough to name any size a person would type.
    uint64_t millionths = 0;
    if (*text == '.') {
        text++;
        if (!is_digit(*text)) return false;
        for (uint64_t weight = 100000; is_digit(*text); text++, weight /= 10) {
            millionths += weight * (uint64_t)(*text - '0');
        }
    }
    const int shift = unit_shift(text);
    if (shift < 0 || (shift == 0 && millionths != 0)) return false;
    if (whole > UINT64_MAX >> shift) return false;
    // The fraction is less than one unit, so the sum fits; the product is below 2^20 * 2^40.
    const uint64_t rest = (millionths << shift) / 1000000;
    *out = (whole << shift) + rest;
    return true;
}
