#include "cli/cli_json.h"

#include "cli/cli_output.h"
#include "cli/cli_utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void quoted(const char *text, size_t size) {
    const unsigned char *s = (const unsigned char *)text, *const end = s + size;
    cli_print("\"");
    while (s < end) {
        size_t length = cli_utf8_character(s, (size_t)(end - s), NULL);
        if (*s == '"' || *s == '\\')
            cli_print("\\%c", *s);
        else if (*s < ' ' || *s == 0x7f)
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
        quoted(name, strlen(name));
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

void json_open(json *j, const char *name) {
    open(j, name, '{', '}');
}

void json_open_list(json *j, const char *name) {
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
    json_bytes(j, name, text, strlen(text));
}

void json_bytes(json *j, const char *name, const char *bytes, size_t size) {
    begin_value(j, name);
    quoted(bytes, size);
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
