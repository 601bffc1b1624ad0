// Models in PyTorch's .pt files: {"model_state_dict": tensors, "config": fields, "files": texts}.
#include "base/alloc.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "formats/torch_pt.h"
#include "store/import_source.h"
#include "store/model_dir.h"
#include "store/model_names.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CONFIG_DEPTH 4 // of lists and dicts inside a configuration

// Tensors that are not contiguous in the file, or do not lie at a multiple of 4, are copied.
typedef struct source {
    os_map *map;
    torch_pt pt;
    void **copy; // [tensors]; owned
} source;

static void close_file(void *file) {
    source *s = file;
    if (!s) return;
    for (size_t i = 0; s->copy && i < s->pt.count; i++) mem_free(s->copy[i]);
    mem_free(s->copy);
    torch_pt_free(&s->pt);
    os_map_close(s->map);
    mem_free(s);
}

static axl_status open_file(void **out, const char *path, axl_error *err) {
    *out = NULL;
    source *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, path, sizeof *s);
    axl_status status = os_map_open(&s->map, path, err);
    if (status == AXL_OK) {
        const byte_source from = byte_source_of_map(s->map, json_text_name(path));
        status = torch_pt_read(&s->pt, &from, err);
    }
    if (status == AXL_OK) {
        *out = s;
    } else {
        close_file(s);
    }
    return status;
}

static size_t count(const void *file) {
    return ((const source *)file)->pt.count;
}

static const char *name(const void *file, size_t i) {
    return ((const source *)file)->pt.list[i].name;
}

static axl_status view_data(source *s, const torch_tensor *t, const void **out, axl_error *err) {
    const uint64_t at = t->entry->begin + t->offset * dtype_of(t->type)->block_bytes;
    if (t->contiguous && at % 4 == 0) return os_map_view(s->map, at, t->bytes, out, err);
    const size_t tensors = s->pt.count;
    if (!s->copy) s->copy = mem_zalloc_array(tensors, sizeof *s->copy);
    if (!s->copy) return error_no_memory(err, s->pt.from.what, tensors * sizeof *s->copy);
    void **copy = &s->copy[t - s->pt.list];
    if (!*copy) {
        *copy = mem_alloc(t->bytes);
        if (!*copy) return error_no_memory(err, s->pt.from.what, t->bytes);
        FORWARD(torch_pt_copy(&s->pt, t, *copy, err));
    }
    *out = *copy;
    return AXL_OK;
}

static axl_status find(void *file, const char *wanted, import_found *out, axl_error *err) {
    source *s = file;
    const torch_tensor *t = torch_pt_find(&s->pt, wanted);
    if (!t) return AXL_NOT_FOUND;
    const int type = dtype_of(t->type)->gguf;
    if (type == DTYPE_NO_GGUF) return import_odd_tensor(s->pt.from.what, wanted, err);
    *out = (import_found){.type = (uint32_t)type, .bytes = t->bytes, .shape = {.dims = t->dims}};
    memcpy(out->shape.dim, t->dim, t->dims * sizeof *t->dim);
    return view_data(s, t, &out->data, err);
}

// ---- a configuration as JSON --------------------------------------------------------------------

static bool put_json(buf *out, const pickle_value *v, size_t depth);

// Items of a list or members of a dict; tuples are lists, too.
static bool put_items(buf *out, const pickle_value *v, size_t depth) {
    const bool dict = v->kind == PICKLE_DICT;
    const pickle_cell *cell = v->kind == PICKLE_TUPLE || v->count == 0 ? NULL : v->of.last;
    buf_byte(out, dict ? '{' : '[');
    for (uint32_t i = 0; i < v->count; i++) {
        if (cell) cell = cell->next;
        if (i > 0) buf_text(out, ", ");
        if (dict && cell->key->kind != PICKLE_TEXT) return false;
        if (dict) {
            json_text_put_string(out, cell->key->of.text);
            buf_text(out, ": ");
        }
        if (!put_json(out, cell ? cell->value : v->of.item[i], depth - 1)) return false;
    }
    return buf_byte(out, dict ? '}' : ']');
}

// False for what JSON has not, and for what is nested too deep. Recurses at most CONFIG_DEPTH deep.
static bool put_json(buf *out, const pickle_value *v, size_t depth) {
    switch ((pickle_kind)v->kind) {
    case PICKLE_NONE:
        return buf_text(out, "null");
    case PICKLE_BOOL:
        return buf_text(out, v->of.truth ? "true" : "false");
    case PICKLE_INT:
        return buf_format(out, "%" PRId64, v->of.number);
    case PICKLE_REAL:
        return isfinite(v->of.real) && json_text_put_real(out, v->of.real);
    case PICKLE_TEXT:
        return json_text_put_string(out, v->of.text);
    case PICKLE_LIST:
    case PICKLE_TUPLE:
    case PICKLE_DICT:
        return depth > 0 && out->size <= IMPORT_TEXT_MAX && put_items(out, v, depth);
    default:
        return false;
    }
}

static axl_status text(const void *file, const char *wanted, buf *out, axl_error *err) {
    const source *s = file;
    const char *what = s->pt.from.what;
    const pickle_value *v = pickle_find(pickle_find(s->pt.root, MODEL_PT_FILES), wanted);
    if (v) {
        RETURN_IF(v->kind != PICKLE_TEXT, err, AXL_BAD_FILE, "%s: %s is no text", what, wanted);
        return buf_append(out, v->of.text, v->count) ? AXL_OK
                                                     : error_no_memory(err, what, v->count);
    }
    v = pickle_find(s->pt.root, MODEL_PT_CONFIG);
    if (!v || strcmp(wanted, MODEL_DIR_CONFIG) != 0) return AXL_OK;
    const bool good = put_json(out, v, CONFIG_DEPTH);
    if (!buf_ok(out)) return error_no_memory(err, what, 2 * out->size);
    RETURN_IF(!good, err, AXL_BAD_FILE,
              "%s: " MODEL_PT_CONFIG " holds what is neither a number, a text nor a list", what);
    return AXL_OK;
}

static axl_status check(const void *file, axl_error *err) {
    const source *s = file;
    FORWARD(torch_pt_check(&s->pt, err));
    return os_map_unchanged(s->map, err);
}

static const os_map *map(const void *file) {
    return ((const source *)file)->map;
}

const import_format import_pt = {.open = open_file,
                                 .close = close_file,
                                 .count = count,
                                 .name = name,
                                 .find = find,
                                 .text = text,
                                 .check = check,
                                 .map = map};
