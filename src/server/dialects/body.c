#include "server/dialects/body.h"

#include <math.h>
#include <string.h>

// What a look at the brackets, commas and colons outside of strings tells of a text.
typedef struct extent {
    size_t depth, deepest, values;
} extent;

static extent measure(const char *text, size_t size) {
    extent e = {.values = 1};
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            e.depth++;
            e.values++;
            if (e.depth > e.deepest) e.deepest = e.depth;
        } else if (c == ']' || c == '}') {
            if (e.depth > 0) e.depth--;
        } else if (c == ',' || c == ':') {
            e.values++;
        }
    }
    return e;
}

static bool fits(const char *text, size_t size, refusal *why) {
    if (size > BODY_BYTES_MAX)
        return refuse(why, REFUSAL_LARGE, NULL, "a body of %zu bytes, at most %zu", size,
                      BODY_BYTES_MAX);
    const extent e = measure(text, size);
    if (e.deepest > BODY_DEPTH)
        return refuse(why, REFUSAL_JSON, NULL, "the body is nested %zu deep, at most %zu",
                      e.deepest, BODY_DEPTH);
    if (e.values > BODY_VALUES)
        return refuse(why, REFUSAL_LARGE, NULL, "the body has more than %zu values", BODY_VALUES);
    return true;
}

static bool is_blank(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (strchr(" \n\r\t", text[i]) == NULL || text[i] == '\0') return false;
    return true;
}

bool body_read(body *b, const void *bytes, size_t size, refusal *why) {
    *b = (body){.why = why};
    const char *text = size > 0 ? bytes : "{}";
    if (is_blank(text, size)) {
        text = "{}";
        size = 2;
    }
    if (!fits(text, size, why)) return false;
    json_error_t error;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
    b->root = json_loadb(text, size, flags, &error);
    // jansson leaves the text empty where it found no fault but no memory either.
    if (!b->root && error.text[0] == '\0') return refuse_memory(why);
    if (!b->root)
        return refuse(why, REFUSAL_JSON, NULL, "the body is not valid JSON: line %d, column %d: %s",
                      error.line, error.column, error.text);
    if (json_is_object(b->root)) return true;
    body_free(b);
    return refuse(why, REFUSAL_JSON, NULL, "the body should be a JSON object");
}

void body_free(body *b) {
    json_decref(b->root);
    *b = (body){0};
}

const json_t *body_get(const body *b, const char *name) {
    const json_t *value = json_object_get(b->root, name);
    return json_is_null(value) ? NULL : value;
}

bool body_wrong(const body *b, const char *name, const char *what) {
    return refuse(b->why, REFUSAL_TYPE, name, "%s should be %s", name, what);
}

bool body_bool(const body *b, const char *name, bool *out) {
    const json_t *value = body_get(b, name);
    if (!value) return true;
    if (!json_is_boolean(value)) return body_wrong(b, name, "true or false");
    *out = json_is_true(value);
    return true;
}

bool body_text(const body *b, const char *name, const json_t **out) {
    const json_t *value = body_get(b, name);
    if (!value) return true;
    if (!json_is_string(value)) return body_wrong(b, name, "a string");
    *out = value;
    return true;
}

bool json_whole(const json_t *value, json_int_t *out) {
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    const double real = json_real_value(value); // 0 for what is no real
    if (!json_is_real(value) || !(fabs(real) <= 9007199254740992.0) || floor(real) != real)
        return false;
    *out = (json_int_t)real;
    return true;
}
