#include "base/json_out.h"

#include "base/decimal.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// One valid UTF-8 piece. DEL is escaped too: a terminal that shows the file would act on it.
static void put_escaped(buf *to, const unsigned char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = text[i];
        if (c == '\n') {
            buf_text(to, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            buf_format(to, "\\u%04x", c);
        } else {
            if (c == '"' || c == '\\') buf_byte(to, '\\');
            buf_byte(to, c);
        }
    }
}

bool json_out_quote(buf *to, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    buf_byte(to, '"');
    while (size > 0) {
        const size_t valid = utf8_valid_prefix(at, size);
        put_escaped(to, at, valid);
        at += valid;
        size -= valid;
        if (size == 0) break;
        buf_text(to, "\xef\xbf\xbd");
        at++;
        size--;
    }
    return buf_byte(to, '"');
}

// The comma, the line and the key before a value.
static void begin_value(json_out *j, const char *name) {
    if (j->depth > 0) {
        bool *filled = &j->filled[j->depth - 1];
        if (*filled) buf_text(j->to, j->flat > 0 ? ", " : ",");
        if (j->flat == 0) {
            buf_byte(j->to, '\n');
            buf_fill(j->to, ' ', 2 * j->depth);
        }
        *filled = true;
    }
    if (name != NULL) {
        json_out_quote(j->to, name, strlen(name));
        buf_text(j->to, ": ");
    }
}

static void open_level(json_out *j, const char *name, const char brackets[2]) {
    begin_value(j, name);
    buf_byte(j->to, (uint8_t)brackets[0]);
    if (j->depth == JSON_OUT_DEPTH) {
        j->to->failed = true;
        return;
    }
    j->close[j->depth] = brackets[1];
    j->filled[j->depth] = false;
    j->depth++;
}

void json_out_object(json_out *j, const char *name) {
    open_level(j, name, "{}");
}

void json_out_array(json_out *j, const char *name) {
    open_level(j, name, "[]");
}

void json_out_flat_object(json_out *j, const char *name) {
    open_level(j, name, "{}");
    if (j->flat == 0) j->flat = j->depth;
}

void json_out_end(json_out *j) {
    if (j->depth == 0) return;
    j->depth--;
    if (j->filled[j->depth] && j->flat == 0) {
        buf_byte(j->to, '\n');
        buf_fill(j->to, ' ', 2 * j->depth);
    }
    buf_byte(j->to, (uint8_t)j->close[j->depth]);
    if (j->depth < j->flat) j->flat = 0;
    if (j->depth == 0) buf_byte(j->to, '\n');
}

void json_out_text(json_out *j, const char *name, const char *text) {
    begin_value(j, name);
    if (text == NULL) {
        buf_text(j->to, "null");
    } else {
        json_out_quote(j->to, text, strlen(text));
    }
}

void json_out_bytes(json_out *j, const char *name, const void *bytes, size_t size) {
    begin_value(j, name);
    json_out_quote(j->to, bytes, size);
}

void json_out_bool(json_out *j, const char *name, bool value) {
    begin_value(j, name);
    buf_text(j->to, value ? "true" : "false");
}

void json_out_count(json_out *j, const char *name, uint64_t value) {
    begin_value(j, name);
    buf_format(j->to, "%" PRIu64, value);
}

void json_out_number(json_out *j, const char *name, double value) {
    begin_value(j, name);
    if (isfinite(value)) {
        decimal_put(j->to, value);
    } else {
        buf_text(j->to, "null");
    }
}
