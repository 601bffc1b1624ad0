#include "formats/json_text.h"

#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bytes of a path that messages show.
#define NAME_MAX_SHOWN ((size_t)100)

const char *json_text_name(const char *path) {
    const size_t length = strlen(path);
    if (length <= NAME_MAX_SHOWN) return path;
    const char *end = path + length - NAME_MAX_SHOWN;
    while (((unsigned char)*end & 0xC0) == 0x80) end++; // not inside of a character
    return end;
}

axl_status json_text_error(const json_text *j, size_t at, axl_error *err, const char *fmt, ...) {
    char reason[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    string_vformat(reason, sizeof reason, NULL, fmt, args);
    va_end(args);
    return error_set(err, AXL_BAD_FILE, "%s:%zu: %s", j->what, j->origin + at, reason);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(json_text *j) {
    while (j->at < j->size && is_blank(j->text[j->at])) j->at++;
}

// Skips blanks and takes the byte if it comes next.
static bool take(json_text *j, char byte) {
    skip_blanks(j);
    if (j->at == j->size || j->text[j->at] != byte) return false;
    j->at++;
    return true;
}

axl_status json_text_value(json_text *j, size_t limit, json_t **out, axl_error *err) {
    skip_blanks(j);
    const size_t left = j->size - j->at;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK;
    json_error_t why;
    *out = json_loadb(j->text + j->at, size_min(left, limit), flags, &why);
    if (*out) {
        j->at += (size_t)why.position;
        return AXL_OK;
    }
    const size_t where = j->at + (why.position > 0 ? (size_t)why.position : 0);
    // jansson leaves the text empty where it found no fault but no memory either.
    if (why.text[0] == '\0') return error_no_memory(err, "JSON", size_min(left, limit));
    if (left > limit && json_error_code(&why) == json_error_premature_end_of_input)
        return json_text_error(j, j->at, err, "a name or value of more than %zu bytes", limit);
    return json_text_error(j, where, err, "%s", why.text);
}

// Takes a string of plain ASCII without escapes, as nearly all names are, at the place behind its
// first quote: nothing to decode. False, with nothing taken, for all others.
static bool take_plain(json_text *j, size_t start, size_t limit) {
    const size_t most = size_min(j->size - start, limit + 1);
    for (size_t i = 0; i < most; i++) {
        const unsigned char c = (unsigned char)j->text[start + i];
        if (c == '"') {
            j->text[start + i] = '\0';
            j->at = start + i + 1;
            return true;
        }
        if (c < 0x20 || c >= 0x80 || c == '\\') return false;
    }
    return false;
}

axl_status json_text_string(json_text *j, size_t limit, char **out, axl_error *err) {
    *out = NULL;
    skip_blanks(j);
    const size_t start = j->at;
    if (start == j->size || j->text[start] != '"')
        return json_text_error(j, start, err, "a string must stand here");
    if (take_plain(j, start + 1, limit)) {
        *out = j->text + start + 1;
        return AXL_OK;
    }
    json_t *value = NULL;
    FORWARD(json_text_value(j, limit + 2, &value, err));
    // What was decoded is never longer than its source, whose closing quote gives way to the
    // terminator.
    memcpy(j->text + start, json_string_value(value), json_string_length(value) + 1);
    json_decref(value);
    *out = j->text + start;
    return AXL_OK;
}

axl_status json_text_object(json_text *j, size_t name_limit, json_member *member, void *ctx,
                            axl_error *err) {
    if (!take(j, '{')) return json_text_error(j, j->at, err, "an object must stand here");
    if (take(j, '}')) return AXL_OK;
    do {
        char *name = NULL;
        FORWARD(json_text_string(j, name_limit, &name, err));
        if (!take(j, ':')) return json_text_error(j, j->at, err, "a colon must stand here");
        FORWARD(member(ctx, j, name, err));
    } while (take(j, ','));
    if (!take(j, '}')) return json_text_error(j, j->at, err, "a comma or } must stand here");
    return AXL_OK;
}

axl_status json_text_end(json_text *j, axl_error *err) {
    skip_blanks(j);
    if (j->at == j->size) return AXL_OK;
    return json_text_error(j, j->at, err, "%zu bytes behind the end of the JSON text",
                           j->size - j->at);
}

bool json_text_put_string(buf *out, const char *text) {
    buf_byte(out, '"');
    for (const char *p = text; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x20) {
            buf_format(out, "\\u%04x", c);
        } else {
            if (c == '"' || c == '\\') buf_byte(out, '\\');
            buf_byte(out, c);
        }
    }
    return buf_byte(out, '"');
}

bool json_text_put_real(buf *out, double value) {
    char text[40];
    // 15 digits are enough for what a person wrote, 17 tell all doubles apart.
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    // The locale may have put something else for the point; nothing else in the text is like it.
    const size_t whole = strspn(text, "-0123456789");
    const size_t point = strcspn(text + whole, "0123456789e");
    const char *rest = text + whole + point;
    buf_append(out, text, whole);
    if (point > 0 || *rest == '\0') buf_byte(out, '.');
    return buf_text(out, *rest == '\0' ? "0" : rest);
}
