// Models in GGUF files of the architecture axl.
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "formats/gguf_file.h"
#include "store/import_source.h"
#include "store/model_names.h"

#include <string.h>

static axl_status check_architecture(const gguf_file *f, axl_error *err) {
    const gguf_entry *e = gguf_entry_find(&f->table, GGUF_KEY_ARCHITECTURE);
    const char *name = e ? gguf_entry_text(e) : NULL;
    RETURN_IF(!name, err, AXL_BAD_FILE, "%s: " GGUF_KEY_ARCHITECTURE " is missing", f->what);
    RETURN_IF(strcmp(name, MODEL_ARCHITECTURE) != 0, err, AXL_BAD_FILE,
              "%s: the architecture is %.40s; this program runs " MODEL_ARCHITECTURE, f->what,
              name);
    return AXL_OK;
}

typedef struct source {
    gguf_file file;
    const gguf_entry *blocks; // the types of tensors in groups; NULL: none lie so
} source;

// The layout of tensors in blocks: groups or, where nothing is said, rows.
static axl_status read_layout(source *s, axl_error *err) {
    const gguf *g = &s->file.table;
    const gguf_entry *layout = gguf_entry_find(g, MODEL_GGUF_LAYOUT);
    if (!layout) return AXL_OK;
    const char *name = gguf_entry_text(layout);
    RETURN_IF(!name || strcmp(name, MODEL_GGUF_GROUPS) != 0, err, AXL_BAD_FILE,
              "%s: " MODEL_GGUF_LAYOUT " is %.40s; this program knows " MODEL_GGUF_GROUPS,
              s->file.what, name ? name : "no text");
    s->blocks = gguf_entry_find(g, MODEL_GGUF_BLOCKS);
    const bool good = s->blocks && s->blocks->kind == GGUF_ARRAY && s->blocks->of == GGUF_TEXT &&
                      s->blocks->count == g->count;
    RETURN_IF(!good, err, AXL_BAD_FILE,
              "%s: " MODEL_GGUF_BLOCKS " must name a type for each tensor", s->file.what);
    return AXL_OK;
}

static void close_file(void *file) {
    source *s = file;
    if (!s) return;
    gguf_close(&s->file);
    mem_free(s);
}

static axl_status open_file(void **out, const char *path, axl_error *err) {
    *out = NULL;
    source *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, path, sizeof *s);
    axl_status status = gguf_open(&s->file, path, err);
    if (status == AXL_OK) status = check_architecture(&s->file, err);
    if (status == AXL_OK) status = read_layout(s, err);
    if (status == AXL_OK) {
        *out = s;
    } else {
        close_file(s);
    }
    return status;
}

static size_t count(const void *file) {
    return ((const source *)file)->file.table.count;
}

static const char *name(const void *file, size_t i) {
    return ((const source *)file)->file.table.list[i].name;
}

// The type of the blocks of tensor i, "" where it does not lie in groups; not terminated.
static size_t blocks_of(const source *s, size_t i, const char **type) {
    size_t at = 0, bytes = 0;
    *type = "";
    for (size_t n = 0; s->blocks && n <= i; n++)
        if (!gguf_entry_next(s->blocks, &at, type, &bytes)) return 0;
    return bytes;
}

// A tensor in groups is one of bytes.
static axl_status find_groups(const source *s, const gguf_tensor *t, import_found *out,
                              axl_error *err) {
    const char *text;
    char type[8] = "";
    const size_t bytes = blocks_of(s, (size_t)(t - s->file.table.list), &text);
    if (bytes == 0) return AXL_OK;
    if (bytes < sizeof type) memcpy(type, text, bytes);
    RETURN_IF(t->type != GGUF_TYPE_I8 || !gguf_type_by_name(type, &out->type), err, AXL_BAD_FILE,
              "%s: tensor %s lies in groups of no known type", s->file.what, t->name);
    out->grouped = true;
    return AXL_OK;
}

static axl_status find(void *file, const char *wanted, import_found *out, axl_error *err) {
    const source *s = file;
    const gguf_tensor *t = gguf_find(&s->file.table, wanted);
    if (!t) return AXL_NOT_FOUND;
    *out = (import_found){.type = t->type, .bytes = t->bytes, .shape = {.dims = t->dims}};
    for (size_t i = 0; i < t->dims; i++) out->shape.dim[i] = t->dim[t->dims - 1 - i];
    FORWARD(find_groups(s, t, out, err));
    return gguf_view(&s->file, t, &out->data, err);
}

static axl_status text(const void *file, const char *wanted, buf *out, axl_error *err) {
    const gguf_file *f = &((const source *)file)->file;
    char key[MODEL_KEY_MAX];
    string_format(key, sizeof key, NULL, MODEL_GGUF_FILE "%s", wanted);
    const gguf_entry *e = gguf_entry_find(&f->table, key);
    if (!e) return AXL_OK;
    RETURN_IF(e->kind != GGUF_TEXT, err, AXL_BAD_FILE, "%s: %s is no text", f->what, key);
    buf_append(out, e->data, e->bytes);
    return buf_ok(out) ? AXL_OK : error_no_memory(err, f->what, e->bytes);
}

static axl_status check(const void *file, axl_error *err) {
    return gguf_check_hash(&((const source *)file)->file, err);
}

static const os_map *map(const void *file) {
    return ((const source *)file)->file.map;
}

const import_format import_gguf = {.open = open_file,
                                   .close = close_file,
                                   .count = count,
                                   .name = name,
                                   .find = find,
                                   .text = text,
                                   .check = check,
                                   .map = map};
