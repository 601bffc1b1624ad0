#include "formats/yaml_map.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

// Where in the document the reader is.
typedef struct level {
    bool list;        // of values; else a mapping
    bool wants_value; // of a mapping: a name was read
    size_t length;    // of the path in front of this level
} level;

typedef struct reader {
    yaml_parser_t parser;
    const char *what;
    yaml_map_fn *fn;
    void *ctx;
    char path[YAML_MAP_NAME];
    level levels[YAML_MAP_DEPTH];
    size_t depth;
    size_t line;
    char **seen; // [seen_count] paths; owned
    size_t seen_count, seen_room;
    axl_error *err;
} reader;

static axl_status bad(const reader *r, const char *reason) {
    return error_set(r->err, AXL_BAD_FILE, "%s:%zu: %s", r->what, r->line, reason);
}

static level *top(reader *r) {
    return r->depth > 0 ? &r->levels[r->depth - 1] : NULL;
}

static axl_status remember(reader *r) {
    for (size_t i = 0; i < r->seen_count; i++)
        if (strcmp(r->seen[i], r->path) == 0)
            return error_set(r->err, AXL_BAD_FILE, "%s:%zu: '%s' is given twice", r->what, r->line,
                             r->path);
    if (r->seen_count == YAML_MAP_NAMES) return bad(r, "too many names");
    if (r->seen_count == r->seen_room) {
        const size_t room = r->seen_room ? 2 * r->seen_room : 32;
        char **more = mem_resize_array(r->seen, room, sizeof *more);
        if (!more) return error_no_memory(r->err, "settings", room * sizeof *more);
        r->seen = more;
        r->seen_room = room;
    }
    const size_t bytes = strlen(r->path) + 1;
    char *copy = mem_alloc(bytes);
    if (!copy) return error_no_memory(r->err, "settings", bytes);
    memcpy(copy, r->path, bytes);
    r->seen[r->seen_count++] = copy;
    return AXL_OK;
}

static axl_status name(reader *r, const char *text, size_t bytes) {
    level *l = top(r);
    const bool dotted = l->length > 0;
    if (bytes == 0) return bad(r, "a name is empty");
    if (memchr(text, '\0', bytes) || memchr(text, '.', bytes))
        return bad(r, "a name has a dot or a zero byte");
    if (l->length + dotted + bytes >= sizeof r->path) return bad(r, "a name is too long");
    if (dotted) r->path[l->length] = '.';
    memcpy(r->path + l->length + dotted, text, bytes);
    r->path[l->length + dotted + bytes] = '\0';
    l->wants_value = true;
    return remember(r);
}

static axl_status value(reader *r, const char *text, size_t bytes) {
    level *l = top(r);
    if (memchr(text, '\0', bytes)) return bad(r, "a value has a zero byte");
    const yaml_value v = {.name = r->path, .text = text, .line = r->line};
    const axl_status status = r->fn(r->ctx, &v, r->err);
    if (status != AXL_OK) return error_context(r->err, status, "%s:%zu", r->what, r->line);
    if (!l->list) l->wants_value = false;
    return AXL_OK;
}

static axl_status scalar(reader *r, const yaml_event_t *e) {
    const level *l = top(r);
    const char *text = (const char *)e->data.scalar.value;
    if (e->data.scalar.anchor || e->data.scalar.tag)
        return bad(r, "anchors and tags are not taken");
    if (!l) return bad(r, "names with values are expected, as 'batch: 16'");
    if (l->list || l->wants_value) return value(r, text, e->data.scalar.length);
    return name(r, text, e->data.scalar.length);
}

// Begins a mapping or a list.
static axl_status enter(reader *r, bool list, bool marked) {
    level *l = top(r);
    if (marked) return bad(r, "anchors and tags are not taken");
    if (!l && list) return bad(r, "names with values are expected, not a list");
    if (l && l->list) return bad(r, "a list holds single values only");
    if (l && !l->wants_value) return bad(r, "a name is expected");
    if (r->depth == YAML_MAP_DEPTH) return bad(r, "nested too deep");
    r->levels[r->depth++] = (level){.list = list, .length = l ? strlen(r->path) : 0};
    return AXL_OK;
}

static void leave(reader *r) {
    const size_t length = r->levels[--r->depth].length;
    level *l = top(r);
    if (!l) return;
    l->wants_value = false;
    r->path[length] = '\0';
}

static axl_status take(reader *r, const yaml_event_t *e, bool *ended) {
    r->line = e->start_mark.line + 1;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return scalar(r, e);
    case YAML_MAPPING_START_EVENT:
        return enter(r, false, e->data.mapping_start.anchor || e->data.mapping_start.tag);
    case YAML_SEQUENCE_START_EVENT:
        return enter(r, true, e->data.sequence_start.anchor || e->data.sequence_start.tag);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        leave(r);
        return AXL_OK;
    case YAML_ALIAS_EVENT:
        return bad(r, "aliases are not taken");
    case YAML_DOCUMENT_START_EVENT:
        return r->seen_count > 0 ? bad(r, "one document is expected") : AXL_OK;
    case YAML_STREAM_END_EVENT:
        *ended = true;
        return AXL_OK;
    default:
        return AXL_OK;
    }
}

static axl_status run(reader *r) {
    for (bool ended = false; !ended;) {
        yaml_event_t e;
        if (!yaml_parser_parse(&r->parser, &e)) {
            r->line = r->parser.problem_mark.line + 1;
            if (r->parser.error == YAML_MEMORY_ERROR) return error_no_memory(r->err, "settings", 1);
            return bad(r, r->parser.problem ? r->parser.problem : "this is no YAML");
        }
        const axl_status status = take(r, &e, &ended);
        yaml_event_delete(&e);
        FORWARD(status);
    }
    return AXL_OK;
}

axl_status yaml_map_read(const yaml_source *from, yaml_map_fn *fn, void *ctx, axl_error *err) {
    reader r;
    memset(&r, 0, sizeof r);
    r.what = from->what;
    r.fn = fn;
    r.ctx = ctx;
    r.err = err;
    RETURN_IF(from->bytes > YAML_MAP_BYTES, err, AXL_BAD_FILE,
              "%s: %zu bytes are too many for settings", from->what, from->bytes);
    if (!yaml_parser_initialize(&r.parser)) return error_no_memory(err, "settings", sizeof r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, from->text, from->bytes);
    const axl_status status = run(&r);
    yaml_parser_delete(&r.parser);
    for (size_t i = 0; i < r.seen_count; i++) mem_free(r.seen[i]);
    mem_free(r.seen);
    return status;
}
