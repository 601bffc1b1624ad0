#include "server/http/http_target.h"

#include "base/utf8.h"
#include "server/http/http_text.h"

#include <string.h>

static bool is_path_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

// The byte that "%XX" means; -1: it is no escape, or one of a zero.
static int escaped(const char *at) {
    const int high = http_hex(at[1]);
    const int low = high < 0 ? -1 : http_hex(at[2]);
    return low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

// Appends the decoded path with its zero. Control characters are refused: they would reach logs.
static bool read_path(const char *path, size_t size, buf *into) {
    const size_t start = into->size;
    if (size == 0) buf_byte(into, '/');
    for (size_t i = 0; i < size; i++) {
        const bool escape = path[i] == '%';
        const int byte = escape ? escaped(path + i) : (unsigned char)path[i];
        if (byte < 0x20 || byte == 0x7F) return false;
        if (!escape && !is_path_character(path[i])) return false;
        if (escape) i += 2;
        buf_byte(into, (uint8_t)byte);
    }
    if (buf_ok(into) && !utf8_valid(into->data + start, into->size - start)) return false;
    buf_byte(into, 0);
    return true;
}

// Browsers send more characters here than the standard has, all of them visible ones.
static bool read_query(const char *query, buf *into) {
    for (const char *at = query; *at; at++) {
        if (*at <= ' ' || *at >= 0x7F || *at == '#') return false;
        if (*at == '%' && escaped(at) < 0) return false;
    }
    buf_append(into, query, strlen(query) + 1);
    return true;
}

// What follows the "http://" of a target, NULL: it does not begin so.
static const char *behind_scheme(const char *target) {
    static const char scheme[] = "http://";
    char start[sizeof scheme] = {0};
    strncpy(start, target, sizeof start - 1);
    return http_same(start, scheme) ? target + sizeof scheme - 1 : NULL;
}

http_target_state http_target_read(http_target *out, const char *target, bool all, buf *into) {
    const char *authority = behind_scheme(target), *path = target;
    if (authority)
        path = authority + strcspn(authority, "/?");
    else if (strcmp(target, "*") == 0 && all)
        path = "/";
    else if (*target != '/')
        return HTTP_TARGET_BAD;
    if (authority) buf_append(into, authority, (size_t)(path - authority));
    buf_byte(into, 0);
    if (authority && buf_ok(into) && !http_is_authority(into->data)) return HTTP_TARGET_BAD;
    const size_t size = strcspn(path, "?");
    if (!read_path(path, size, into)) return HTTP_TARGET_BAD;
    if (!read_query(path + size + (path[size] == '?'), into)) return HTTP_TARGET_BAD;
    if (!buf_ok(into)) return HTTP_TARGET_NO_MEMORY;
    out->authority = into->data;
    out->path = out->authority + strlen(out->authority) + 1;
    out->query = out->path + strlen(out->path) + 1;
    return HTTP_TARGET_GOOD;
}
