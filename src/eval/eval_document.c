#include "eval/eval_document.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "os/listing.h"
#include "os/tree.h"

#include <string.h>

// ---- reading ----

axl_status eval_text_open(eval_text *out, const eval_document *d, axl_error *err) {
    *out = (eval_text){.of = d};
    if (d->data || d->read) return AXL_OK;
    FORWARD(os_map_open(&out->file, d->name, err));
    const uint64_t there = os_map_bytes(out->file);
    if (there >= d->bytes) return AXL_OK;
    eval_text_close(out);
    return error_set(err, AXL_IO, "%s has become shorter: %llu bytes, it had %llu", d->name,
                     (unsigned long long)there, (unsigned long long)d->bytes);
}

void eval_text_close(eval_text *t) {
    os_map_close(t->file);
    *t = (eval_text){0};
}

axl_status eval_text_read(const eval_text *t, uint64_t offset, void *to, size_t bytes,
                          axl_error *err) {
    if (t->file) return os_map_read(t->file, offset, to, bytes, err);
    if (t->of->read) return t->of->read(t->of->read_ctx, offset, to, bytes, err);
    memcpy(to, (const char *)t->of->data + offset, bytes);
    return AXL_OK;
}

// ---- finding ----

static axl_status add_file(eval_files *f, const char *path, uint64_t limit, axl_error *err) {
    os_map *file;
    FORWARD(os_map_open(&file, path, err)); // says clearly why a file cannot be read
    uint64_t bytes = os_map_bytes(file);
    os_map_close(file);
    if (limit && bytes > limit) bytes = limit;
    if (f->count == f->capacity) {
        const size_t capacity = f->capacity ? 2 * f->capacity : 64;
        eval_document *grown = mem_resize_array(f->list, capacity, sizeof *grown);
        if (!grown) return error_no_memory(err, "a list of files", capacity * sizeof *grown);
        f->list = grown;
        f->capacity = capacity;
    }
    const size_t size = strlen(path) + 1;
    char *name = mem_alloc(size);
    if (!name) return error_no_memory(err, "the name of a file", size);
    memcpy(name, path, size);
    f->list[f->count++] = (eval_document){.name = name, .bytes = bytes};
    return AXL_OK;
}

typedef struct walk {
    eval_files *files;
    uint64_t limit;
    buf path; // of what is looked at
} walk;

static axl_status walk_folder(walk *w, size_t depth, axl_error *err);

static axl_status walk_entry(walk *w, const os_entry *e, size_t depth, axl_error *err) {
    if (e->link || e->name[0] == '.') return AXL_OK;
    const size_t length = w->path.size;
    const char *gap = length > 0 && w->path.data[length - 1] == '/' ? "" : "/";
    if (!buf_format(&w->path, "%s%s", gap, e->name))
        return error_no_memory(err, "a path", length + strlen(e->name) + 2);
    if (e->kind == OS_KIND_FILE)
        FORWARD(add_file(w->files, buf_string(&w->path), w->limit, err));
    else if (e->kind == OS_KIND_FOLDER)
        FORWARD(walk_folder(w, depth + 1, err));
    buf_truncate(&w->path, length);
    return AXL_OK;
}

static axl_status walk_folder(walk *w, size_t depth, axl_error *err) {
    RETURN_IF(depth > OS_TREE_DEPTH, err, AXL_TOO_LARGE,
              "more than %d folders inside each other: %s", OS_TREE_DEPTH, buf_string(&w->path));
    os_listing in;
    FORWARD(os_listing_read(&in, buf_string(&w->path), NULL, err));
    axl_status status = AXL_OK;
    for (size_t i = 0; i < in.count && status == AXL_OK; i++)
        status = walk_entry(w, &in.entry[i], depth, err);
    os_listing_free(&in);
    return status;
}

axl_status eval_files_add(eval_files *f, const char *path, uint64_t limit, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    if (kind != OS_KIND_FOLDER) return add_file(f, path, limit, err);
    const size_t before = f->count;
    walk w = {.files = f, .limit = limit};
    axl_status status = buf_text(&w.path, path) ? walk_folder(&w, 1, err)
                                                : error_no_memory(err, "a path", strlen(path));
    buf_free(&w.path);
    if (status == AXL_OK && f->count == before)
        status = error_set(err, AXL_BAD_FILE, "no files in the folder %s", path);
    return status;
}

void eval_files_free(eval_files *f) {
    for (size_t i = 0; i < f->count; i++) mem_free((void *)(uintptr_t)f->list[i].name);
    mem_free(f->list);
    *f = (eval_files){0};
}
