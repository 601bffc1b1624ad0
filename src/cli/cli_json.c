#include "cli/cli_json.h"

#include "cli/cli_output.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// The length of the UTF-8 character at s, or 0 where there is none.
static size_t character(const unsigned char *s) {
    size_t length = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : 0;
    if (*s >= 0xf0 && *s < 0xf5) length = 4;
    for (size_t i = 1; i < length; i++)
        if (s[i] >> 6 != 2) return 0;
    // Overlong forms, surrogates, and what is beyond Unicode.
    bool bad = (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
               (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : length;
}

static void quoted(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    cli_print("\"");
    while (*s) {
        size_t length = character(s);
        if (*s == '"' || *s == '\\')
            cli_print("\\%c", *s);
        else if (*s < ' ')
            cli_print("\\u%04x", *s);
        else if (length == 0)
            cli_print("\\ufffd");
        else
            cli_print("%.*s", (int)length, (const char *)s);
        s += length ? length : 1;
    }
    cli_print("\"");
}

static void indent(const json *j) {
    cli_print("\n%*s", (int)(2 * j->depth), "");
}

// The comma, the line and the key before a value.
static void begin_value(json *j, const char *name) {
    if (j->depth) {
        bool *filled = &j->filled[j->depth - 1];
        if (*filled) cli_print(j->flat ? ", " : ",");
        if (!j->flat) indent(j);
        *filled = true;
    }
    if (name) {
        quoted(name);
        cli_print(": ");
    }
}

static void open(json *j, const char *name, char bracket, char close) {
    begin_value(j, name);
    cli_print("%c", bracket);
    if (j->depth == CLI_JSON_DEPTH) return; // no document of ours is that deep
    j->close[j->depth] = close;
    j->filled[j->depth] = false;
    j->depth++;
}

void json_object(json *j, const char *name) {
    open(j, name, '{', '}');
}

void json_array(json *j, const char *name) {
    open(j, name, '[', ']');
}

void json_flat_object(json *j, const char *name) {
    open(j, name, '{', '}');
    if (!j->flat) j->flat = j->depth;
}

void json_end(json *j) {
    if (j->depth == 0) return;
    j->depth--;
    if (j->filled[j->depth] && !j->flat) indent(j);
    cli_print("%c", j->close[j->depth]);
    if (j->depth < j->flat) j->flat = 0;
    if (j->depth == 0) cli_print("\n");
}

void json_text(json *j, const char *name, const char *text) {
    begin_value(j, name);
    quoted(text);
}

void json_bool(json *j, const char *name, bool value) {
    begin_value(j, name);
    cli_print(value ? "true" : "false");
}

void json_size(json *j, const char *name, uint64_t value) {
    begin_value(j, name);
    cli_print("%" PRIu64, value);
}

void json_number(json *j, const char *name, double value) {
    begin_value(j, name);
    if (isfinite(value))
        cli_print("%.6g", value);
    else
        cli_print("null");
}

void json_positive(json *j, const char *name, double value) {
    json_number(j, name, value > 0 ? value : NAN);
}
