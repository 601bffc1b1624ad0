#include "case_file.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static unsigned hex(char c) {
    const char *const digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    assert_non_null(at);
    return (unsigned)(at - digits);
}

void case_unescape(buf *to, const char *text) {
    while (*text) {
        if (text[0] == '\\' && text[1] == 'x') {
            buf_byte(to, (uint8_t)(16 * hex(text[2]) + hex(text[3])));
            text += 4;
        } else if (text[0] == '\\' && text[1] == 'n') {
            buf_byte(to, '\n');
            text += 2;
        } else {
            if (text[0] == '\\' && text[1] == '\\') text++;
            buf_byte(to, (uint8_t)*text++);
        }
    }
}

// JSON has escapes of its own: here only bytes do.
static void put_bytes(buf *to, const char *text) {
    while (*text) {
        const bool byte = text[0] == '\\' && text[1] == 'x';
        buf_byte(to, byte ? (uint8_t)(16 * hex(text[2]) + hex(text[3])) : (uint8_t)*text);
        text += byte ? 4 : 1;
    }
}

static void put_body(buf *to, const char *line) {
    char *text = NULL;
    if (strncmp(line, "@repeat ", 8) != 0) {
        put_bytes(to, line);
        return;
    }
    const unsigned long count = strtoul(line + 8, &text, 10);
    assert_true(*text == ' ');
    for (unsigned long i = 0; i < count; i++) put_bytes(to, text + 1);
}

static bool next_line(FILE *from, char *line, size_t size) {
    if (!fgets(line, (int)size, from)) return false;
    const size_t length = strlen(line);
    assert_true(length > 0 && line[length - 1] == '\n');
    line[length - 1] = '\0';
    return true;
}

static void read_expected(FILE *from, dialect_case *c, char *line, size_t size) {
    do {
        assert_true(line[0] == '<' || line[0] == '\0');
        if (line[0] == '\0') return;
        buf_format(&c->expected, "%s\n", line);
    } while (next_line(from, line, size));
}

bool case_read(FILE *from, dialect_case *c) {
    static char line[65536];
    *c = (dialect_case){0};
    bool begun = false;
    while (next_line(from, line, sizeof line)) {
        if (line[0] == '<' && (line[1] == ' ' || line[1] == '\0')) {
            read_expected(from, c, line, sizeof line);
            return true;
        }
        if (begun && line[0] == '\0') return true; // nothing is expected yet
        buf_format(&c->before, "%s\n", line);
        if (line[0] == '>') {
            assert_int_equal(sscanf(line, "> %7s %127s", c->method, c->path), 2);
            begun = true;
        } else if (begun && strncmp(line, "@ ", 2) == 0) {
            buf_format(&c->events, "%s\n", line + 2);
        } else if (begun) {
            put_body(&c->body, line);
        } else {
            assert_true(line[0] == '#' || line[0] == '\0');
        }
    }
    return begun;
}

void case_free(dialect_case *c) {
    buf_free(&c->before);
    buf_free(&c->body);
    buf_free(&c->events);
    buf_free(&c->expected);
}
