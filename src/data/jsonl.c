#include "data/jsonl.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"

#include <string.h>

static axl_status add_field(jsonl_fields *f, char *name, size_t choice, axl_error *err) {
    RETURN_IF(*name == '\0', err, AXL_BAD_ARGUMENT, "a field of JSONL has no name");
    RETURN_IF(f->count == JSONL_FIELDS, err, AXL_BAD_ARGUMENT, "more than %d fields of JSONL",
              JSONL_FIELDS);
    f->choice[f->count] = choice;
    f->wanted[f->count++] = (json_wanted){.name = name};
    return AXL_OK;
}

axl_status jsonl_fields_parse(jsonl_fields *out, const char *text, axl_error *err) {
    const size_t bytes = strlen(text) + 1;
    *out = (jsonl_fields){.text = mem_alloc(bytes)};
    if (!out->text) return error_no_memory(err, "field names", bytes);
    memcpy(out->text, text, bytes);
    size_t choice = 0;
    for (char *name = out->text; name;) {
        char *end = name + strcspn(name, ",+");
        const char sign = *end;
        *end = '\0';
        FORWARD(add_field(out, name, choice, err));
        if (sign == ',') choice++;
        name = sign ? end + 1 : NULL;
    }
    return AXL_OK;
}

axl_status jsonl_fields_note(jsonl_fields *f, const char *name, size_t *index, axl_error *err) {
    const size_t used = f->count + f->notes;
    // A name must not be asked for twice: the second would never be found.
    for (*index = 0; *index < used; ++*index)
        if (strcmp(f->wanted[*index].name, name) == 0) return AXL_OK;
    RETURN_IF(used == JSONL_FIELDS, err, AXL_BAD_ARGUMENT, "more than %d fields of JSONL",
              JSONL_FIELDS);
    f->wanted[used] = (json_wanted){.name = name};
    f->notes++;
    return AXL_OK;
}

bool jsonl_named(const char *path) {
    return string_ends(path, ".jsonl") || string_ends(path, ".jsonl.gz");
}

void jsonl_fields_free(jsonl_fields *f) {
    mem_free(f->text);
    *f = (jsonl_fields){0};
}

// A newline joins two texts, unless one of them has a blank or a newline where they meet.
static bool needs_newline(const json_wanted *a, const json_wanted *b) {
    if (a->bytes == 0 || b->bytes == 0) return false;
    const char last = a->text[a->bytes - 1], first = b->text[0];
    return !memchr(" \t\r\n", last, 4) && !memchr(" \t\r\n", first, 4);
}

static axl_status give(jsonl_reader *r, size_t first, size_t end, axl_error *err) {
    const json_wanted *wanted = r->fields->wanted;
    json_wanted piece[2 * JSONL_FIELDS];
    size_t pieces = 0, bytes = 0;
    for (size_t i = first; i < end; i++) {
        if (i > first && needs_newline(&wanted[i - 1], &wanted[i]))
            piece[pieces++] = (json_wanted){.text = "\n", .bytes = 1};
        piece[pieces++] = wanted[i];
        bytes += wanted[i].bytes;
    }
    if (bytes > 0) return r->sink->document(r->sink->ctx, r->lines, piece, pieces, err);
    r->sink->left_out(r->sink->ctx, r->lines, CORPUS_EMPTY);
    return AXL_OK;
}

static bool is_blank(const char *line, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') return false;
    return true;
}

// One whole line without its newline.
static axl_status read_line(jsonl_reader *r, char *line, size_t bytes, axl_error *err) {
    jsonl_fields *f = r->fields;
    r->lines++;
    corpus_reason reason = CORPUS_FIELD;
    if (is_blank(line, bytes)) {
        reason = CORPUS_EMPTY;
    } else if (!json_line_read(line, bytes, f->wanted, f->count + f->notes)) {
        reason = CORPUS_JSON;
    } else {
        for (size_t i = 0; i < f->count;) {
            size_t end = i;
            bool whole = true;
            for (; end < f->count && f->choice[end] == f->choice[i]; end++)
                whole = whole && f->wanted[end].text;
            if (whole) return give(r, i, end, err);
            i = end;
        }
    }
    r->sink->left_out(r->sink->ctx, r->lines, reason);
    return AXL_OK;
}

// Takes the line that is held, the bytes behind it and so ends it.
static axl_status finish_line(jsonl_reader *r, axl_error *err) {
    if (r->passing) {
        r->passing = false;
        r->sink->left_out(r->sink->ctx, ++r->lines, CORPUS_LONG_LINE);
        return AXL_OK;
    }
    const axl_status status = read_line(r, r->line.data, r->line.size, err);
    buf_clear(&r->line);
    return status;
}

// A part of a line, without its newline.
static axl_status hold(jsonl_reader *r, const char *data, size_t bytes, axl_error *err) {
    if (r->passing || bytes == 0) return AXL_OK;
    if (bytes > r->line_max - r->line.size) {
        r->passing = true;
        buf_free(&r->line);
        return AXL_OK;
    }
    if (buf_append(&r->line, data, bytes)) return AXL_OK;
    return error_no_memory(err, "a line of JSONL", r->line.size + bytes);
}

axl_status jsonl_feed(jsonl_reader *r, const char *data, size_t bytes, axl_error *err) {
    while (bytes > 0) {
        const char *newline = memchr(data, '\n', bytes);
        const size_t part = newline ? (size_t)(newline - data) : bytes;
        FORWARD(hold(r, data, part, err));
        if (!newline) return AXL_OK;
        FORWARD(finish_line(r, err));
        data += part + 1;
        bytes -= part + 1;
    }
    return AXL_OK;
}

axl_status jsonl_end(jsonl_reader *r, axl_error *err) {
    return r->passing || r->line.size > 0 ? finish_line(r, err) : AXL_OK;
}

void jsonl_close(jsonl_reader *r) {
    buf_free(&r->line);
}
