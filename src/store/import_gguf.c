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

static void close_file(void *file) {
    if (!file) return;
    gguf_close(file);
    mem_free(file);
}

static axl_status open_file(void **out, const char *path, axl_error *err) {
    *out = NULL;
    gguf_file *f = mem_zalloc(sizeof *f);
    if (!f) return error_no_memory(err, path, sizeof *f);
    axl_status status = gguf_open(f, path, err);
    if (status == AXL_OK) status = check_architecture(f, err);
    if (status == AXL_OK) {
        *out = f;
    } else {
        close_file(f);
    }
    return status;
}

static size_t count(const void *file) {
    return ((const gguf_file *)file)->table.count;
}

static const char *name(const void *file, size_t i) {
    return ((const gguf_file *)file)->table.list[i].name;
}

static axl_status find(void *file, const char *wanted, import_found *out, axl_error *err) {
    const gguf_file *f = file;
    const gguf_tensor *t = gguf_find(&f->table, wanted);
    if (!t) return AXL_NOT_FOUND;
    *out = (import_found){.type = t->type, .bytes = t->bytes, .shape = {.dims = t->dims}};
    for (size_t i = 0; i < t->dims; i++) out->shape.dim[i] = t->dim[t->dims - 1 - i];
    return gguf_view(f, t, &out->data, err);
}

static axl_status text(const void *file, const char *wanted, buf *out, axl_error *err) {
    const gguf_file *f = file;
    char key[MODEL_KEY_MAX];
    string_format(key, sizeof key, NULL, MODEL_GGUF_FILE "%s", wanted);
    const gguf_entry *e = gguf_entry_find(&f->table, key);
    if (!e) return AXL_OK;
    RETURN_IF(e->kind != GGUF_TEXT, err, AXL_BAD_FILE, "%s: %s is no text", f->what, key);
    buf_append(out, e->data, e->bytes);
    return buf_ok(out) ? AXL_OK : error_no_memory(err, f->what, e->bytes);
}

static axl_status check(const void *file, axl_error *err) {
    return gguf_check_hash(file, err);
}

const import_format import_gguf = {.open = open_file,
                                   .close = close_file,
                                   .count = count,
                                   .name = name,
                                   .find = find,
                                   .text = text,
                                   .check = check};
