// The tables of the formats, copied.
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "formats/gguf_file.h"
#include "formats/json_text.h"
#include "formats/safetensors_file.h"
#include "formats/torch_pt.h"
#include "store/inspect.h"

#include <inttypes.h>
#include <string.h>

#define ELEMENTS_SHOWN ((size_t)8) // of an array

static axl_status copy_name(char **out, const char *name, axl_error *err) {
    return inspect_copy(out, name, strlen(name), err);
}

// ---- safetensors --------------------------------------------------------------------------------

static axl_status copy_safetensors(axl_file *out, const safetensors *s, axl_error *err) {
    FORWARD(inspect_make_tensors(out, s->count, err));
    FORWARD(inspect_make_entries(out, s->notes, err));
    out->header_bytes = s->data;
    for (size_t i = 0; i < s->count; i++) {
        const safetensor *t = &s->list[i];
        axl_file_tensor *to = &out->tensor[i];
        FORWARD(copy_name(&to->name, t->name, err));
        to->type = dtype_of(t->type)->name;
        to->dims = t->dims;
        for (size_t k = 0; k < t->dims; k++) to->dim[k] = t->dim[k];
        to->offset = s->data + t->begin;
        to->bytes = t->bytes;
    }
    for (size_t i = 0; i < s->notes; i++) {
        axl_file_entry *to = &out->entry[i];
        *to = (axl_file_entry){.kind = "text", .count = 1, .bytes = strlen(s->note[i].text)};
        FORWARD(copy_name(&to->key, s->note[i].name, err));
        FORWARD(copy_name(&to->text, s->note[i].text, err));
    }
    return AXL_OK;
}

axl_status inspect_safetensors(axl_file *out, const char *path, axl_error *err) {
    safetensors_file f;
    FORWARD(safetensors_open(&f, path, err));
    const axl_status status = copy_safetensors(out, &f.table, err);
    safetensors_close(&f);
    return status;
}

// ---- GGUF ---------------------------------------------------------------------------------------

static void put_element(buf *out, const gguf_entry *e, size_t i) {
    const gguf_kind kind = (gguf_kind)(e->kind == GGUF_ARRAY ? e->of : e->kind);
    double real = 0;
    uint64_t count = 0;
    if (kind == GGUF_BOOL) {
        buf_text(out, gguf_entry_count(e, i, &count) && count ? "true" : "false");
    } else if (gguf_entry_count(e, i, &count)) {
        buf_format(out, "%" PRIu64, count);
    } else if (gguf_entry_number(e, i, &real)) {
        buf_format(out, "%.9g", real);
    }
}

static void put_array(buf *out, const gguf_entry *e) {
    const char *text;
    size_t at = 0, bytes;
    buf_format(out, "%s[%zu]:", gguf_kind_name((gguf_kind)e->of), e->count);
    for (size_t i = 0; i < e->count && i < ELEMENTS_SHOWN; i++) {
        buf_byte(out, ' ');
        if (gguf_entry_next(e, &at, &text, &bytes)) {
            buf_append(out, text, bytes < 64 ? bytes : 64);
        } else {
            put_element(out, e, i);
        }
    }
    if (e->count > ELEMENTS_SHOWN) buf_text(out, " ...");
}

static axl_status copy_entry(axl_file_entry *to, const gguf_entry *e, axl_error *err) {
    buf text = {0};
    to->kind = gguf_kind_name((gguf_kind)e->kind);
    to->count = e->kind == GGUF_ARRAY ? e->count : 1;
    FORWARD(copy_name(&to->key, e->key, err));
    if (e->kind == GGUF_TEXT) {
        buf_append(&text, e->data, e->bytes);
    } else if (e->kind == GGUF_ARRAY) {
        put_array(&text, e);
    } else {
        put_element(&text, e, 0);
    }
    const axl_status status = buf_ok(&text) ? inspect_copy(&to->text, text.data, text.size, err)
                                            : error_no_memory(err, to->key, e->bytes);
    to->bytes = text.size;
    buf_free(&text);
    return status;
}

static axl_status copy_gguf(axl_file *out, const gguf *g, axl_error *err) {
    FORWARD(inspect_make_tensors(out, g->count, err));
    FORWARD(inspect_make_entries(out, g->entries, err));
    out->header_bytes = g->data;
    for (size_t i = 0; i < g->count; i++) {
        const gguf_tensor *t = &g->list[i];
        axl_file_tensor *to = &out->tensor[i];
        FORWARD(copy_name(&to->name, t->name, err));
        to->type = gguf_type_of(t->type)->name;
        to->dims = t->dims;
        for (size_t k = 0; k < t->dims; k++) to->dim[k] = t->dim[t->dims - 1 - k];
        to->offset = g->data + t->begin;
        to->bytes = t->bytes;
    }
    for (size_t i = 0; i < g->entries; i++) FORWARD(copy_entry(&out->entry[i], &g->entry[i], err));
    return AXL_OK;
}

axl_status inspect_gguf(axl_file *out, const char *path, axl_error *err) {
    gguf_file f;
    FORWARD(gguf_open(&f, path, err));
    const axl_status status = copy_gguf(out, &f.table, err);
    gguf_close(&f);
    return status;
}

// ---- .pt ----------------------------------------------------------------------------------------

// A value in one line; of lists and dicts only how many items they have.
static void put_value(buf *out, const pickle_value *v) {
    switch ((pickle_kind)v->kind) {
    case PICKLE_NONE:
        buf_text(out, "None");
        break;
    case PICKLE_BOOL:
        buf_text(out, v->of.truth ? "True" : "False");
        break;
    case PICKLE_INT:
        buf_format(out, "%" PRId64, v->of.number);
        break;
    case PICKLE_REAL:
        buf_format(out, "%.9g", v->of.real);
        break;
    case PICKLE_TEXT:
        buf_append(out, v->of.text, v->count);
        break;
    case PICKLE_CALL:
        buf_text(out, "a tensor");
        break;
    default:
        buf_format(out, "%" PRIu32 " items", v->count);
        break;
    }
}

static const char *value_kind(const pickle_value *v) {
    static const char *const names[] = {"none",  "bool", "int",    "real",   "text",   "list",
                                        "tuple", "dict", "symbol", "tensor", "storage"};
    return names[v->kind];
}

// A member of the root, or one of a dict in it, "config.d_model".
static axl_status copy_member(axl_file *out, const char *outer, const pickle_cell *cell,
                              axl_error *err) {
    axl_file_entry *to = &out->entry[out->entries];
    buf key = {0}, text = {0};
    *to = (axl_file_entry){.kind = value_kind(cell->value), .count = 1};
    if (outer) buf_format(&key, "%s.", outer);
    put_value(&key, cell->key);
    put_value(&text, cell->value);
    axl_status status = buf_ok(&key) && buf_ok(&text)
                            ? inspect_copy(&to->key, key.data, key.size, err)
                            : error_no_memory(err, "a member of the file", cell->value->count);
    if (status == AXL_OK) status = inspect_copy(&to->text, text.data, text.size, err);
    to->bytes = text.size;
    out->entries++; // also a half one, which is freed with the others
    buf_free(&key);
    buf_free(&text);
    return status;
}

static bool is_small_dict(const pickle_value *v) {
    return v->kind == PICKLE_DICT && v->count <= 64;
}

static axl_status copy_members(axl_file *out, const pickle_value *root, axl_error *err) {
    size_t most = 0;
    const pickle_cell *cell = root->of.last;
    for (uint32_t i = 0; i < root->count; i++, cell = cell->next)
        most += 1 + (is_small_dict(cell->value) ? cell->value->count : 0);
    FORWARD(inspect_make_entries(out, most, err));
    out->entries = 0;
    for (uint32_t i = 0; i < root->count; i++) {
        cell = cell->next;
        if (cell->value->kind == PICKLE_CALL) continue; // among the tensors
        FORWARD(copy_member(out, NULL, cell, err));
        if (!is_small_dict(cell->value) || cell->key->kind != PICKLE_TEXT) continue;
        const pickle_cell *inner = cell->value->of.last;
        for (uint32_t k = 0; k < cell->value->count; k++) {
            inner = inner->next;
            if (inner->value->kind != PICKLE_CALL)
                FORWARD(copy_member(out, cell->key->of.text, inner, err));
        }
    }
    return AXL_OK;
}

static axl_status copy_pt(axl_file *out, const torch_pt *t, axl_error *err) {
    FORWARD(inspect_make_tensors(out, t->count, err));
    out->header_bytes = t->zip.directory_bytes + t->pickle_bytes;
    for (size_t i = 0; i < t->count; i++) {
        const torch_tensor *from = &t->list[i];
        axl_file_tensor *to = &out->tensor[i];
        const size_t size = dtype_of(from->type)->block_bytes;
        FORWARD(copy_name(&to->name, from->name, err));
        to->type = dtype_of(from->type)->name;
        to->dims = from->dims;
        for (size_t k = 0; k < from->dims; k++) to->dim[k] = from->dim[k];
        to->offset = from->entry->begin + from->offset * size;
        to->bytes = from->bytes;
    }
    return copy_members(out, t->root, err);
}

axl_status inspect_pt(axl_file *out, const char *path, axl_error *err) {
    os_map *map;
    torch_pt t;
    FORWARD(os_map_open(&map, path, err));
    const byte_source from = byte_source_of_map(map, json_text_name(path));
    axl_status status = torch_pt_read(&t, &from, err);
    if (status == AXL_OK) status = copy_pt(out, &t, err);
    torch_pt_free(&t);
    os_map_close(map);
    return status;
}
