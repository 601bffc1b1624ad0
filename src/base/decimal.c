#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The locale may have put something else for the point; nothing else in the text is like it.
static bool put_with_point(buf *out, const char *text) {
    const size_t whole = strspn(text, "-0123456789");
    const size_t point = strcspn(text + whole, "0123456789e");
    buf_append(out, text, whole);
    if (point > 0) buf_byte(out, '.');
    return buf_text(out, text + whole + point);
}

bool decimal_put(buf *out, double value) {
    char text[DECIMAL_MAX];
    // 15 digits are enough for what a person wrote, 17 tell all doubles apart.
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    return put_with_point(out, text);
}

bool decimal_put_places(buf *out, double value, int places) {
    char text[400]; // DBL_MAX has 309 digits
    snprintf(text, sizeof text, "%.*f", places < 30 ? places : 30, value);
    return put_with_point(out, text);
}

// Steps over digits; at least one must be there.
static bool digits(const char **at, const char *end) {
    const char *start = *at;
    while (*at < end && **at >= '0' && **at <= '9') ++*at;
    return *at > start;
}

// -? digits (. digits)? ([eE] [+-]? digits)?
static bool well_formed(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    if (!digits(&at, end)) return false;
    if (at < end && *at == '.') {
        at++;
        if (!digits(&at, end)) return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        if (!digits(&at, end)) return false;
    }
    return at == end;
}

bool decimal_read(const char *text, size_t size, double *out) {
    char copy[DECIMAL_MAX + 16];
    if (size > DECIMAL_MAX || !well_formed(text, text + size)) return false;
    const char *point = memchr(text, '.', size);
    const size_t whole = point == NULL ? size : (size_t)(point - text);
    snprintf(copy, sizeof copy, "%.*s%.8s%.*s", (int)whole, text,
             point == NULL ? "" : localeconv()->decimal_point,
             point == NULL ? 0 : (int)(size - whole - 1), point == NULL ? "" : point + 1);
    char *end;
    *out = strtod(copy, &end);
    return *end == '\0' && isfinite(*out);
}
