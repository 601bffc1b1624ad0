#include "data/glob.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "data/wild.h"
#include "os/listing.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 64
#define DEPTH_MAX 128 // parts and folders that "**" stands for, inside each other

typedef struct globbing {
    char *part[PARTS_MAX]; // of the pattern
    size_t parts;
    buf path;  // where we are; "" is the working folder
    buf found; // paths, a zero byte behind each
    size_t count;
    axl_error *err;
} globbing;

static axl_status expand(globbing *g, size_t at, size_t depth);

static axl_status no_memory(globbing *g) {
    return error_no_memory(g->err, "paths", g->found.size + g->path.size);
}

static axl_status add_found(globbing *g) {
    const char *path = g->path.size > 0 ? buf_string(&g->path) : ".";
    if (!buf_append(&g->found, path, strlen(path) + 1)) return no_memory(g);
    g->count++;
    return AXL_OK;
}

// Goes on with part `at` inside of the name.
static axl_status expand_below(globbing *g, const char *name, size_t at, size_t depth) {
    const size_t length = g->path.size;
    const bool slash = length > 0 && g->path.data[length - 1] != '/';
    if (!buf_format(&g->path, "%s%s", slash ? "/" : "", name)) return no_memory(g);
    FORWARD(expand(g, at, depth + 1));
    buf_truncate(&g->path, length);
    return AXL_OK;
}

// Part `at` against one entry of the folder.
static axl_status expand_entry(globbing *g, const os_entry *e, size_t at, size_t depth) {
    const char *part = g->part[at];
    if (e->name[0] == '.' && part[0] != '.') return AXL_OK;
    if (strcmp(part, "**") == 0) {
        if (e->kind != OS_KIND_FOLDER || e->link) return AXL_OK;
        return expand_below(g, e->name, at, depth);
    }
    const bool last = at + 1 == g->parts;
    if (!last && e->kind != OS_KIND_FOLDER) return AXL_OK;
    if (!wild_match_name(part, e->name)) return AXL_OK;
    return expand_below(g, e->name, at + 1, depth);
}

static axl_status expand_folder(globbing *g, size_t at, size_t depth) {
    os_listing list;
    os_refusal why;
    const char *path = g->path.size > 0 ? buf_string(&g->path) : ".";
    axl_status status = os_listing_read(&list, path, &why, g->err);
    if (why == OS_REFUSAL_GONE || why == OS_REFUSAL_DENIED) return AXL_OK;
    for (size_t i = 0; i < list.count && status == AXL_OK; i++)
        status = expand_entry(g, &list.entry[i], at, depth);
    os_listing_free(&list);
    return status;
}

// Everything that parts at.. match below the path.
static axl_status expand(globbing *g, size_t at, size_t depth) {
    RETURN_IF(depth > DEPTH_MAX, g->err, AXL_TOO_LARGE, "too many folders inside each other: %s",
              buf_string(&g->path));
    if (at == g->parts) {
        os_kind kind;
        FORWARD(os_kind_of(g->path.size > 0 ? buf_string(&g->path) : ".", &kind, g->err));
        return kind == OS_KIND_NONE ? AXL_OK : add_found(g);
    }
    const char *part = g->part[at];
    if (strcmp(part, "**") == 0) {
        FORWARD(expand(g, at + 1, depth + 1));
        return at + 1 == g->parts ? AXL_OK : expand_folder(g, at, depth);
    }
    if (wild_present(part)) return expand_folder(g, at, depth);
    return expand_below(g, part, at + 1, depth);
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Hands the paths over, sorted and each once.
static axl_status finish(globbing *g, glob_matches *out) {
    out->path = mem_alloc_array(g->count, sizeof *out->path);
    out->text = buf_take(&g->found, NULL);
    if (!out->path || !out->text) return no_memory(g);
    const char *text = out->text;
    for (size_t i = 0; i < g->count; i++, text += strlen(text) + 1) out->path[i] = text;
    if (g->count > 0) qsort(out->path, g->count, sizeof *out->path, by_bytes);
    for (size_t i = 0; i < g->count; i++)
        if (i == 0 || strcmp(out->path[i], out->path[out->count - 1]) != 0)
            out->path[out->count++] = out->path[i];
    return AXL_OK;
}

// Cuts the pattern at its slashes.
static axl_status split(globbing *g, char *pattern) {
    if (*pattern == '/' && !buf_byte(&g->path, '/')) return no_memory(g);
    while (*(pattern += strspn(pattern, "/"))) {
        RETURN_IF(g->parts == PARTS_MAX, g->err, AXL_BAD_ARGUMENT, "a pattern of over %d parts",
                  PARTS_MAX);
        g->part[g->parts++] = pattern;
        pattern += strcspn(pattern, "/");
        if (*pattern) *pattern++ = '\0';
    }
    return AXL_OK;
}

axl_status glob_expand(glob_matches *out, const char *pattern, axl_error *err) {
    *out = (glob_matches){0};
    globbing g = {.err = err};
    const size_t bytes = strlen(pattern) + 1;
    char *copy = mem_alloc(bytes);
    if (!copy) return error_no_memory(err, "a pattern", bytes);
    memcpy(copy, pattern, bytes);
    axl_status status = split(&g, copy);
    if (status == AXL_OK) status = expand(&g, 0, 0);
    if (status == AXL_OK) status = finish(&g, out);
    if (status != AXL_OK) glob_free(out);
    buf_free(&g.path);
    buf_free(&g.found);
    mem_free(copy);
    return status;
}

void glob_free(glob_matches *m) {
    mem_free(m->path);
    mem_free(m->text);
    *m = (glob_matches){0};
}
