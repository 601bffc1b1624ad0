// Notes beside what is not whole yet, and the list of what is. Both may have been changed by
// anybody.
#include "data/pull_list.h"
#include "data/pull_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "os/file.h"

#include <jansson.h>
#include <string.h>

#define FILE_MAX ((size_t)16 << 20)
#define MADE_BY "axl data pull"

// The JSON object in the text, which is freed, or NULL.
static json_t *take_object(void *text, size_t bytes) {
    json_t *object = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    mem_free(text);
    if (json_is_object(object)) return object;
    json_decref(object);
    return NULL;
}

// The JSON object in a file, or NULL.
static json_t *read_object(const char *path) {
    void *text;
    size_t bytes;
    if (os_file_read(path, FILE_MAX, &text, &bytes, NULL) != AXL_OK) return NULL;
    return take_object(text, bytes);
}

// False where it is missing or does not fit.
static bool get_text(const json_t *object, const char *name, char *out, size_t size) {
    const char *text = json_string_value(json_object_get(object, name));
    if (!text || strlen(text) >= size) return false;
    string_copy(out, size, text);
    return true;
}

static bool get_count(const json_t *object, const char *name, uint64_t *out) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static axl_status replace(const char *path, buf *text, axl_error *err) {
    axl_status status = buf_ok(text) ? os_file_replace(path, text->data, text->size, err)
                                     : error_no_memory(err, "a note", text->size);
    buf_free(text);
    return status;
}

// ---- notes ----

axl_status pull_note_read(const char *path, pull_note *out) {
    *out = (pull_note){.total = WEB_UNKNOWN};
    json_t *o = read_object(path);
    const bool good = o && get_text(o, "source", out->source, sizeof out->source) &&
                      get_text(o, "etag", out->etag, sizeof out->etag) &&
                      get_count(o, "bytes", &out->bytes) && get_count(o, "rows", &out->rows) &&
                      get_count(o, "cut_rows", &out->cut_rows);
    if (good) get_count(o, "total", &out->total);
    out->partial = json_is_true(json_object_get(o, "partial"));
    json_decref(o);
    if (!good) *out = (pull_note){.total = WEB_UNKNOWN};
    return good ? AXL_OK : AXL_NOT_FOUND;
}

axl_status pull_note_write(const char *path, const pull_note *note, axl_error *err) {
    buf text = {0};
    json_out j = {.to = &text};
    json_out_object(&j, NULL);
    json_out_text(&j, "source", note->source);
    json_out_text(&j, "etag", note->etag);
    json_out_count(&j, "bytes", note->bytes);
    json_out_count(&j, "rows", note->rows);
    json_out_count(&j, "cut_rows", note->cut_rows);
    if (note->total != WEB_UNKNOWN) json_out_count(&j, "total", note->total);
    json_out_bool(&j, "partial", note->partial);
    json_out_end(&j);
    return replace(path, &text, err);
}

// ---- the list ----

static bool read_line(const json_t *o, pull_line *out) {
    *out = (pull_line){0};
    out->capped = json_is_true(json_object_get(o, "capped"));
    out->partial = json_is_true(json_object_get(o, "partial"));
    return get_text(o, "name", out->name, sizeof out->name) &&
           get_text(o, "source", out->source, sizeof out->source) &&
           get_text(o, "sha256", out->sha256, sizeof out->sha256) &&
           get_count(o, "bytes", &out->bytes) && get_count(o, "rows", &out->rows);
}

axl_status pull_list_find(const char *path, const char *name, pull_line *out) {
    json_t *o = read_object(path);
    const json_t *files = json_object_get(o, "files");
    axl_status status = AXL_NOT_FOUND;
    for (size_t i = 0; i < json_array_size(files) && status != AXL_OK; i++)
        if (read_line(json_array_get(files, i), out) && strcmp(out->name, name) == 0)
            status = AXL_OK;
    json_decref(o);
    return status;
}

axl_status pull_list_check(const char *path, axl_error *err) {
    void *text;
    size_t bytes;
    const axl_status status = os_file_read(path, FILE_MAX, &text, &bytes, err);
    if (status == AXL_NOT_FOUND) {
        error_clear(err);
        return AXL_OK;
    }
    FORWARD(status);
    json_t *o = take_object(text, bytes);
    const char *maker = json_string_value(json_object_get(o, "made_by"));
    const bool ours = maker && strcmp(maker, MADE_BY) == 0;
    json_decref(o);
    RETURN_IF(!ours, err, AXL_BAD_ARGUMENT,
              "%s is no list of " MADE_BY ": fetch into another folder", path);
    return AXL_OK;
}

static void put_line(json_out *j, const pull_line *line) {
    json_out_flat_object(j, NULL);
    json_out_text(j, "name", line->name);
    json_out_text(j, "source", line->source);
    json_out_count(j, "bytes", line->bytes);
    json_out_count(j, "rows", line->rows);
    json_out_bool(j, "capped", line->capped);
    json_out_bool(j, "partial", line->partial);
    json_out_text(j, "sha256", line->sha256);
    json_out_end(j);
}

axl_status pull_list_put(const char *path, const pull_line *line, axl_error *err) {
    FORWARD(pull_list_check(path, err));
    json_t *o = read_object(path);
    const json_t *files = json_object_get(o, "files");
    buf text = {0};
    json_out j = {.to = &text};
    json_out_object(&j, NULL);
    json_out_text(&j, "made_by", MADE_BY);
    json_out_array(&j, "files");
    for (size_t i = 0; i < json_array_size(files); i++) {
        pull_line other;
        if (read_line(json_array_get(files, i), &other) && strcmp(other.name, line->name) != 0)
            put_line(&j, &other);
    }
    put_line(&j, line);
    json_out_end(&j);
    json_out_end(&j);
    json_decref(o);
    return replace(path, &text, err);
}
