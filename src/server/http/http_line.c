#include "server/http/http_line.h"

static bool is_plain(uint8_t byte) {
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

http_line_state http_line_take(http_line *l, const uint8_t *bytes, size_t size, size_t limit,
                               size_t *taken) {
    for (size_t at = 0; at < size;) {
        if (l->cr) {
            *taken = at + 1;
            return bytes[at] == '\n' ? HTTP_LINE_WHOLE : HTTP_LINE_BAD;
        }
        size_t end = at;
        while (end < size && is_plain(bytes[end])) end++;
        if (end - at > limit - l->text.size) return HTTP_LINE_LONG;
        if (!buf_append(&l->text, bytes + at, end - at)) return HTTP_LINE_NO_MEMORY;
        at = end;
        if (at == size) break;
        if (bytes[at] != '\r') return HTTP_LINE_BAD;
        l->cr = true;
        at++;
    }
    *taken = size;
    return HTTP_LINE_MORE;
}

void http_line_next(http_line *l) {
    buf_clear(&l->text);
    l->cr = false;
}

void http_line_free(http_line *l) {
    buf_free(&l->text);
    l->cr = false;
}
