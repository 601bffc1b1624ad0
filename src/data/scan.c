#include "data/scan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/glob.h"
#include "data/ignore.h"
#include "data/wild.h"
#include "os/file.h"
#include "os/listing.h"

#include <string.h>

// One walk below a folder.
typedef struct walk {
    const scan_visitor *v;
    buf path;    // of what is looked at
    size_t top;  // bytes of the path of the folder that was named, with its slash
    size_t unit; // bytes of the path that name the unit
    bool one;    // all of it is one unit
    axl_error *err;
} walk;

static axl_status walk_folder(walk *w, const ignore_rules *parent, size_t depth);

static axl_status visit(walk *w, const char *path) {
    const scan_file file = {.path = path, .unit = w->unit, .base = w->one ? 0 : w->top};
    return w->v->file(w->v->ctx, &file, w->err);
}

static axl_status leave_out(walk *w, corpus_reason reason) {
    w->v->left_out(w->v->ctx, buf_string(&w->path), reason);
    return AXL_OK;
}

// What this call writes or reads besides the data.
static bool is_own(const walk *w) {
    for (size_t i = 0; i < w->v->owns; i++)
        if (os_same_file(buf_string(&w->path), w->v->own[i])) return true;
    return false;
}

// w->path is the entry.
static axl_status walk_entry(walk *w, const os_entry *e, const ignore_rules *rules, size_t depth) {
    const bool folder = e->kind == OS_KIND_FOLDER && !e->link;
    const char *path = buf_string(&w->path);
    if (ignore_covers(rules, path + w->top, folder)) return leave_out(w, CORPUS_IGNORED);
    if (depth == 1 && !w->one) w->unit = w->path.size;
    switch (e->kind) {
    case OS_KIND_FILE:
        return visit(w, path);
    case OS_KIND_FOLDER:
        if (e->link) return leave_out(w, CORPUS_LINK);
        if (depth == CORPUS_DEPTH) return leave_out(w, CORPUS_DEEP);
        return walk_folder(w, rules, depth + 1);
    case OS_KIND_SPECIAL:
        return leave_out(w, CORPUS_SPECIAL);
    default:
        return leave_out(w, CORPUS_GONE);
    }
}

// Appends "/name" to the path, or fails.
static axl_status enter(walk *w, const char *name) {
    if (buf_format(&w->path, "/%s", name)) return AXL_OK;
    return error_no_memory(w->err, "a path", w->path.size + strlen(name) + 2);
}

static axl_status walk_entries(walk *w, const os_listing *list, const ignore_rules *rules,
                               size_t depth) {
    const size_t length = w->path.size;
    for (size_t i = 0; i < list->count; i++) {
        const os_entry *e = &list->entry[i];
        if (strcmp(e->name, ".git") == 0 || string_starts(e->name, OS_TEMP_PREFIX)) continue;
        FORWARD(enter(w, e->name));
        if (!is_own(w)) FORWARD(walk_entry(w, e, rules, depth));
        buf_truncate(&w->path, length);
    }
    return AXL_OK;
}

// Reads the folder's own rules if it has some. Git does not follow a link there, nor do we.
static axl_status read_rules(walk *w, const os_listing *list, ignore_rules *out) {
    bool found = false;
    for (size_t i = 0; i < list->count && !found; i++) {
        const os_entry *e = &list->entry[i];
        found = e->kind == OS_KIND_FILE && !e->link && strcmp(e->name, IGNORE_FILE) == 0;
    }
    if (!found) return AXL_OK;
    const size_t length = w->path.size;
    void *text;
    size_t bytes;
    FORWARD(enter(w, IGNORE_FILE));
    FORWARD(os_file_read(buf_string(&w->path), IGNORE_FILE_MAX, &text, &bytes, w->err));
    buf_truncate(&w->path, length);
    return ignore_parse(out, text, bytes, w->err);
}

// w->path is the folder; depth is 1 for the one that was named.
static axl_status walk_folder(walk *w, const ignore_rules *parent, size_t depth) {
    os_listing list;
    os_refusal why;
    const char *path = buf_string(&w->path);
    const axl_status opened = os_listing_read(&list, path, &why, w->err);
    if (opened != AXL_OK && depth > 1) {
        if (why == OS_REFUSAL_DENIED) return leave_out(w, CORPUS_DENIED);
        if (why == OS_REFUSAL_GONE) return leave_out(w, CORPUS_GONE);
    }
    FORWARD(opened);
    ignore_rules rules = {0};
    axl_status status = read_rules(w, &list, &rules);
    rules.parent = parent;
    rules.base = depth == 1 ? 0 : w->path.size + 1 - w->top;
    if (status == AXL_OK) status = walk_entries(w, &list, &rules, depth);
    ignore_free(&rules);
    os_listing_free(&list);
    return status;
}

static axl_status scan_folder(const scan_visitor *v, const char *path, bool one, axl_error *err) {
    walk w = {.v = v, .one = one, .err = err};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (!buf_append(&w.path, path, length)) return error_no_memory(err, "a path", length);
    w.top = length + 1;
    w.unit = length;
    const axl_status status = walk_folder(&w, NULL, 1);
    buf_free(&w.path);
    return status;
}

static axl_status scan_found(const scan_visitor *v, const char *path, os_kind kind, bool one,
                             axl_error *err) {
    if (kind == OS_KIND_FOLDER) return scan_folder(v, path, one, err);
    const char *slash = strrchr(path, '/');
    const scan_file file = {.path = path,
                            .unit = strlen(path),
                            .base = slash && !one ? (size_t)(slash + 1 - path) : 0,
                            .named = true};
    return v->file(v->ctx, &file, err);
}

static axl_status scan_matches(const scan_visitor *v, const glob_matches *matches, axl_error *err) {
    for (size_t i = 0; i < matches->count; i++) {
        os_kind kind;
        const char *path = matches->path[i];
        FORWARD(os_kind_of(path, &kind, err));
        if (kind == OS_KIND_FILE || kind == OS_KIND_FOLDER)
            FORWARD(scan_found(v, path, kind, matches->count > 1, err));
        else
            v->left_out(v->ctx, path, kind == OS_KIND_NONE ? CORPUS_GONE : CORPUS_SPECIAL);
    }
    return AXL_OK;
}

axl_status scan_path(const scan_visitor *v, const char *path, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    if (kind != OS_KIND_NONE) return scan_found(v, path, kind, false, err);
    RETURN_IF(!wild_present(path), err, AXL_NOT_FOUND, "%s is not there", path);
    glob_matches matches;
    FORWARD(glob_expand(&matches, path, err));
    axl_status status = AXL_OK;
    if (matches.count == 0)
        status = error_set(err, AXL_NOT_FOUND, "nothing matches %s", path);
    else
        status = scan_matches(v, &matches, err);
    glob_free(&matches);
    return status;
}
