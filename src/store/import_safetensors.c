// Models in a single safetensors file: the weights of a model directory, or what was made of all of
// it.
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "formats/safetensors_file.h"
#include "store/config_note.h"
#include "store/import_source.h"
#include "store/model_dir.h"
#include "store/model_names.h"
#include "store/param_blocks.h"

#include <string.h>

// Data of the tensors that do not lie at a multiple of 4 in the file is copied.
typedef struct source {
    safetensors_file file;
    void **copy; // [tensors]; owned
} source;

static void close_file(void *file) {
    source *s = file;
    if (!s) return;
    for (size_t i = 0; s->copy && i < s->file.table.count; i++) mem_free(s->copy[i]);
    mem_free(s->copy);
    safetensors_close(&s->file);
    mem_free(s);
}

static axl_status open_file(void **out, const char *path, axl_error *err) {
    *out = NULL;
    source *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, path, sizeof *s);
    const axl_status status = safetensors_open(&s->file, path, err);
    if (status == AXL_OK) {
        *out = s;
    } else {
        mem_free(s);
    }
    return status;
}

static size_t count(const void *file) {
    return ((const source *)file)->file.table.count;
}

static const char *name(const void *file, size_t i) {
    return ((const source *)file)->file.table.list[i].name;
}

// The bytes of tensor t, aligned.
static axl_status view_data(source *s, const safetensor *t, const void **out, axl_error *err) {
    const safetensors *table = &s->file.table;
    const size_t at = table->data + t->begin;
    if (at % 4 == 0) return os_map_view(s->file.map, at, t->bytes, out, err);
    if (!s->copy) s->copy = mem_zalloc_array(table->count, sizeof *s->copy);
    if (!s->copy) return error_no_memory(err, s->file.what, table->count * sizeof *s->copy);
    void **copy = &s->copy[t - table->list];
    if (!*copy) {
        *copy = mem_alloc(t->bytes);
        if (!*copy) return error_no_memory(err, s->file.what, t->bytes);
        FORWARD(os_map_read(s->file.map, at, *copy, t->bytes, err));
    }
    *out = *copy;
    return AXL_OK;
}

static axl_status find(void *file, const char *wanted, import_found *out, axl_error *err) {
    source *s = file;
    const safetensor *t = safetensors_find(&s->file.table, wanted);
    if (!t) return AXL_NOT_FOUND;
    const int type = dtype_of(t->type)->gguf;
    if (type == DTYPE_NO_GGUF || t->dims > SHAPE_DIMS)
        return import_odd_tensor(s->file.what, wanted, err);
    *out = (import_found){.type = (uint32_t)type, .bytes = t->bytes, .shape = {.dims = t->dims}};
    memcpy(out->shape.dim, t->dim, t->dims * sizeof *t->dim);
    return view_data(s, t, &out->data, err);
}

static axl_status text(const void *file, const char *wanted, buf *out, axl_error *err) {
    const source *s = file;
    char key[MODEL_KEY_MAX];
    string_format(key, sizeof key, NULL, MODEL_NOTE_FILE "%s", wanted);
    const char *note = safetensors_note_text(&s->file.table, key);
    if (!note && strcmp(wanted, MODEL_DIR_CONFIG) == 0)
        note = safetensors_note_text(&s->file.table, MODEL_NOTE_CONFIG);
    if (!note) return AXL_OK;
    return buf_text(out, note) ? AXL_OK : error_no_memory(err, s->file.what, strlen(note));
}

static axl_status check(const void *file, axl_error *err) {
    const source *s = file;
    const size_t tensors = s->file.table.count;
    safetensors_target *none = mem_zalloc_array(tensors, sizeof *none);
    if (!none) return error_no_memory(err, s->file.what, tensors * sizeof *none);
    const axl_status status = safetensors_load(&s->file, NULL, none, err); // nothing is converted
    mem_free(none);
    return status;
}

static axl_status fits(const void *file, const param_table *t, axl_error *err) {
    const source *s = file;
    const param_block block = {.prefix = ""};
    FORWARD(config_note_compare(&s->file.table, s->file.what, &t->config, err));
    return param_blocks_match(&s->file, &(param_blocks){t, &block, 1}, err);
}

static const os_map *map(const void *file) {
    return ((const source *)file)->file.map;
}

const import_format import_safetensors = {.open = open_file,
                                          .close = close_file,
                                          .count = count,
                                          .name = name,
                                          .find = find,
                                          .text = text,
                                          .check = check,
                                          .fits = fits,
                                          .map = map};
