#include "server/doctor/doctor_answers.h"

#include "base/strings.h"

#include <string.h>

#define SHOWN 60 // bytes of what cannot be read

static json_t *fail(json_t *all, char *found, size_t size, const char *what) {
    json_decref(all);
    string_copy(found, size, what);
    return NULL;
}

static json_t *read_one(const char *text, size_t size) {
    return json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

// Adds the document of a line; false: it is none.
static bool add(json_t *all, const char *text, size_t length, char *found, size_t size) {
    json_t *one = read_one(text, length);
    if (one && json_array_append_new(all, one) == 0) return true;
    string_format(found, size, NULL, "this is no JSON: %.*s",
                  (int)(length < SHOWN ? length : SHOWN), text);
    return false;
}

// The next line, without its end; false: there is none.
static bool next_line(const char **at, const char *end, const char **line, size_t *length) {
    if (*at >= end) return false;
    *line = *at;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    *at = stop ? stop + 1 : end;
    *length = (size_t)((stop ? stop : end) - *line);
    if (*length > 0 && (*line)[*length - 1] == '\r') --*length;
    return true;
}

static json_t *read_lines(const buf *body, char *found, size_t size) {
    const char *at = buf_string(body), *end = at + body->size, *line;
    size_t length;
    json_t *all = json_array();
    while (next_line(&at, end, &line, &length))
        if (length > 0 && !add(all, line, length, found, size)) {
            json_decref(all);
            return NULL;
        }
    return all;
}

static bool starts(const char *line, size_t length, const char *head) {
    return length >= strlen(head) && memcmp(line, head, strlen(head)) == 0;
}

// "data:" with or without a blank behind it, comments, empty lines, and [DONE] at the end.
static json_t *read_events(const buf *body, char *found, size_t size) {
    const char *at = buf_string(body), *end = at + body->size, *line;
    size_t length;
    bool done = false;
    json_t *all = json_array();
    while (next_line(&at, end, &line, &length)) {
        // Continue ends its loop over the lines here, and shows the rest late or not at all.
        if (starts(line, length, ": ping"))
            return fail(all, found, size, "a comment \": ping\", at which Continue stops reading");
        if (!starts(line, length, "data:")) continue;
        const char *text = line + strlen("data:");
        size_t left = length - strlen("data:");
        if (left > 0 && *text == ' ') text++, left--;
        if (left == strlen("[DONE]") && memcmp(text, "[DONE]", left) == 0) {
            done = true;
        } else if (!add(all, text, left, found, size)) {
            json_decref(all);
            return NULL;
        }
    }
    return done || json_is_true(
                       json_object_get(json_array_get(all, json_array_size(all) - 1), "stop"))
               ? all
               : fail(all, found, size, "the stream has no data: [DONE] at its end");
}

json_t *answer_documents(doctor_form form, const buf *body, char *found, size_t size) {
    json_t *all = NULL;
    if (form == FORM_EVENTS) {
        all = read_events(body, found, size);
    } else if (form == FORM_LINES) {
        all = read_lines(body, found, size);
    } else {
        all = json_array();
        if (!add(all, buf_string(body), body->size, found, size)) {
            json_decref(all);
            return NULL;
        }
    }
    if (all && json_array_size(all) == 0) return fail(all, found, size, "the answer is empty");
    return all;
}

const char *answer_media(doctor_form form) {
    switch (form) {
    case FORM_EVENTS:
        return "text/event-stream";
    case FORM_LINES:
        return "application/x-ndjson";
    default:
        return "application/json";
    }
}

void answer_error(const buf *body, char *found, size_t size) {
    json_t *root = read_one(buf_string(body), body->size);
    const json_t *error = json_object_get(root, "error");
    const char *text = json_string_value(error);
    if (!text) text = json_string_value(json_object_get(error, "message"));
    if (text && *text) {
        const size_t used = strlen(found);
        string_format(found + used, size - used, NULL, ": %s", text);
    }
    json_decref(root);
}
