#include "store/export.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "formats/gguf_write.h"
#include "formats/safetensors_write.h"
#include "os/file.h"
#include "os/folder.h"
#include "store/config_note.h"
#include "store/model_dir.h"
#include "store/model_names.h"
#include "store/path_join.h"
#include "store/regroup.h"

#include <string.h>

// ---- safetensors --------------------------------------------------------------------------------

static axl_status safetensors_item_of(const import_tensor *t, safetensors_item *out,
                                      axl_error *err) {
    const dtype type = dtype_by_gguf((int)t->type);
    const dtype_info *info = dtype_of(type);
    RETURN_IF(!info || !info->safetensors, err, AXL_BAD_ARGUMENT,
              "tensor %s is %s, which only a .gguf file holds", t->row->name,
              gguf_type_of(t->type)->name);
    *out = (safetensors_item){
        .name = t->row->name, .type = type, .dims = t->row->shape.dims, .data = t->data};
    memcpy(out->dim, t->row->shape.dim, out->dims * sizeof *out->dim);
    return AXL_OK;
}

static axl_status write_items(const char *path, const import_model *m, safetensors_content *c,
                              axl_error *err) {
    const size_t count = m->table.count;
    safetensors_item *item = mem_alloc_array(count, sizeof *item);
    if (!item) return error_no_memory(err, path, count * sizeof *item);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < count && status == AXL_OK; i++)
        status = safetensors_item_of(&m->tensor[i], &item[i], err);
    c->item = item;
    c->items = count;
    // Without conversions no kernels are needed.
    if (status == AXL_OK) status = safetensors_write(path, c, NULL, err);
    mem_free(item);
    return status;
}

// The type of the embedding stands for the model's, as in model_dir_read.
static dtype model_type(const import_model *m) {
    return dtype_by_gguf((int)m->tensor[0].type);
}

// with_texts: all files of the directory are notes.
static axl_status write_safetensors(const char *path, const import_model *m, bool with_texts,
                                    axl_error *err) {
    char key[IMPORT_TEXTS][MODEL_KEY_MAX];
    safetensors_note note[IMPORT_TEXTS + 1];
    buf config = {0};
    size_t notes = 1;
    axl_status status = config_note_make(&note[0], &config, &m->table.config, model_type(m), err);
    for (size_t i = 0; with_texts && i < IMPORT_TEXTS; i++) {
        if (!m->text[i].text) continue;
        string_format(key[i], sizeof key[i], NULL, MODEL_NOTE_FILE "%s", import_text_names[i]);
        note[notes++] = (safetensors_note){.name = key[i], .text = m->text[i].text};
    }
    safetensors_content content = {.note = note, .notes = notes};
    if (status == AXL_OK) status = write_items(path, m, &content, err);
    buf_free(&config);
    return status;
}

axl_status export_safetensors(const char *path, const import_model *m, axl_error *err) {
    return write_safetensors(path, m, true, err);
}

// ---- a directory --------------------------------------------------------------------------------

static axl_status write_text(const char *folder, const import_model *m, size_t i, buf *name,
                             axl_error *err) {
    if (!m->text[i].text) return AXL_OK;
    FORWARD(path_join(name, folder, import_text_names[i], err));
    return os_file_replace(name->data, m->text[i].text, m->text[i].bytes, err);
}

axl_status export_directory(const char *path, const import_model *m, axl_error *err) {
    buf name = {0};
    axl_status status = os_folder_make(path, err);
    if (status == AXL_OK) status = path_join(&name, path, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = write_safetensors(name.data, m, false, err);
    for (size_t i = IMPORT_TEXTS; i-- > 0 && status == AXL_OK;)
        status = write_text(path, m, i, &name, err); // the configuration is the first one
    buf_free(&name);
    return status;
}

// ---- GGUF ---------------------------------------------------------------------------------------

// What other programs show of a file; the reader goes by the configuration.
static void put_facts(gguf_meta *meta, const import_model *m) {
    const model_config *c = &m->table.config;
    gguf_put_text(meta, GGUF_KEY_ARCHITECTURE, MODEL_ARCHITECTURE);
    gguf_put_text(meta, "general.type", "model");
    gguf_put_u64(meta, "general.parameter_count", m->table.parameters);
    gguf_put_u32(meta, "axl.vocab_size", (uint32_t)c->vocab_size);
    gguf_put_u32(meta, "axl.context_length", (uint32_t)c->max_seq_len);
    gguf_put_u32(meta, "axl.embedding_length", (uint32_t)c->d_model);
    gguf_put_u32(meta, "axl.feed_forward_length", (uint32_t)c->d_ff);
    gguf_put_u32(meta, "axl.block_count", (uint32_t)c->n_layers);
    gguf_put_u32(meta, "axl.cross_round_count", (uint32_t)c->n_cross);
    gguf_put_u32(meta, "axl.attention.head_count", (uint32_t)c->n_heads);
    gguf_put_f32(meta, "axl.attention.layer_norm_rms_epsilon", (float)c->norm_eps);
    gguf_put_f32(meta, "axl.rope.freq_base", (float)c->rope_theta);
}

// general.file_type: the type that takes most of the bytes, by llama.cpp's numbers.
static void put_file_type(gguf_meta *meta, const import_model *m) {
    static const struct {
        uint32_t type, file;
    } files[] = {{GGUF_TYPE_F32, 0},   {GGUF_TYPE_F16, 1},   {GGUF_TYPE_Q4_0, 2},
                 {GGUF_TYPE_Q8_0, 7},  {GGUF_TYPE_Q5_0, 8},  {GGUF_TYPE_Q4_K, 15},
                 {GGUF_TYPE_Q5_K, 17}, {GGUF_TYPE_Q6_K, 18}, {GGUF_TYPE_BF16, 32}};
    size_t most = 0, file = SIZE_MAX;
    bool blocks = false;
    for (size_t i = 0; i < m->table.count; i++)
        blocks = blocks || gguf_type_of(m->tensor[i].type)->block > 1;
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        size_t bytes = 0;
        for (size_t i = 0; i < m->table.count; i++)
            if (m->tensor[i].type == files[k].type) bytes += m->tensor[i].bytes;
        if (bytes > most) {
            most = bytes;
            file = files[k].file;
        }
    }
    if (file != SIZE_MAX) gguf_put_u32(meta, "general.file_type", (uint32_t)file);
    if (blocks) gguf_put_u32(meta, "general.quantization_version", 2);
}

static void put_texts(gguf_meta *meta, const import_model *m) {
    for (size_t i = 0; i < IMPORT_TEXTS; i++) {
        char key[MODEL_KEY_MAX];
        if (!m->text[i].text) continue;
        string_format(key, sizeof key, NULL, MODEL_GGUF_FILE "%s", import_text_names[i]);
        gguf_put_bytes(meta, key, m->text[i].text, m->text[i].bytes);
    }
}

static bool in_groups(const import_model *m, size_t i) {
    return m->grouped && regroup_can(m->tensor[i].row, dtype_by_gguf((int)m->tensor[i].type));
}

size_t export_bytes(const import_model *m, size_t i) {
    const import_tensor *t = &m->tensor[i];
    size_t bytes;
    const bool grouped = in_groups(m, i);
    if (t->grouped == grouped) return t->bytes;
    return regroup_bytes(t->row, dtype_by_gguf((int)t->type), grouped, &bytes) ? bytes : t->bytes;
}

// How the tensors in groups would be read as rows. Failure shows at gguf_write_begin.
static axl_status put_layout(gguf_meta *meta, const import_model *m, axl_error *err) {
    const size_t count = m->table.count;
    size_t grouped = 0;
    const char **types = mem_alloc_array(count, sizeof *types);
    if (!types) return error_no_memory(err, "the types of tensors", count * sizeof *types);
    for (size_t i = 0; i < count; i++) {
        types[i] = in_groups(m, i) ? gguf_type_of(m->tensor[i].type)->name : "";
        grouped += in_groups(m, i);
    }
    if (grouped > 0) {
        gguf_put_text(meta, MODEL_GGUF_LAYOUT, MODEL_GGUF_GROUPS);
        gguf_put_texts(meta, MODEL_GGUF_BLOCKS, types, count);
    }
    mem_free(types);
    return AXL_OK;
}

// Groups are rows of bytes, one for each group.
static gguf_item gguf_item_of(const import_model *m, size_t i) {
    const import_tensor *t = &m->tensor[i];
    const shape *s = &t->row->shape;
    gguf_item item = {.name = t->row->name, .type = t->type, .dims = (uint32_t)s->dims};
    item.dim[0] = t->row_length;
    for (size_t k = 1; k < s->dims; k++) item.dim[k] = s->dim[s->dims - 1 - k];
    if (!in_groups(m, i)) return item;
    const size_t slices = s->dims == 3 ? s->dim[0] : 1;
    const size_t groups = slices * size_div_up(s->dim[s->dims - 2], BLOCKS_GROUP);
    item = (gguf_item){.name = t->row->name, .type = GGUF_TYPE_I8, .dims = 2};
    item.dim[0] = export_bytes(m, i) / groups;
    item.dim[1] = groups;
    return item;
}

static axl_status write_tensor(gguf_writer *w, const import_model *m, size_t i, axl_error *err) {
    const import_tensor *t = &m->tensor[i];
    if (t->grouped == in_groups(m, i)) return gguf_write_data(w, t->data, t->bytes, err);
    const size_t bytes = export_bytes(m, i);
    void *other = mem_alloc(bytes);
    if (!other) return error_no_memory(err, t->row->name, bytes);
    regroup(t, other);
    const axl_status status = gguf_write_data(w, other, bytes, err);
    mem_free(other);
    return status;
}

static axl_status write_gguf(const char *path, const gguf_content *c, const import_model *m,
                             axl_error *err) {
    gguf_writer *w;
    FORWARD(gguf_write_begin(&w, path, c, err));
    axl_status status = AXL_OK;
    for (size_t i = 0; i < c->items && status == AXL_OK; i++) status = write_tensor(w, m, i, err);
    if (status == AXL_OK) status = import_unchanged(m, err);
    if (status == AXL_OK) return gguf_write_commit(w, err);
    gguf_write_abort(w);
    return status;
}

axl_status export_gguf(const char *path, const import_model *m, axl_error *err) {
    const size_t count = m->table.count;
    gguf_meta meta = {0};
    gguf_item *item = mem_alloc_array(count, sizeof *item);
    if (!item) return error_no_memory(err, path, count * sizeof *item);
    put_facts(&meta, m);
    put_file_type(&meta, m);
    axl_status status = put_layout(&meta, m, err);
    put_texts(&meta, m);
    for (size_t i = 0; i < count; i++) item[i] = gguf_item_of(m, i);
    const gguf_content content = {.meta = &meta, .item = item, .items = count};
    if (status == AXL_OK) status = write_gguf(path, &content, m, err);
    gguf_meta_free(&meta);
    mem_free(item);
    return status;
}

// ---- by kind ------------------------------------------------------------------------------------

import_kind export_kind_of(const char *path) {
    if (string_ends(path, ".safetensors")) return IMPORT_SAFETENSORS;
    if (string_ends(path, ".gguf")) return IMPORT_GGUF;
    if (string_ends(path, ".pt")) return IMPORT_PT;
    return IMPORT_DIRECTORY;
}

static axl_status write_kind(const char *path, import_kind kind, const import_model *m,
                             axl_error *err) {
    switch (kind) {
    case IMPORT_SAFETENSORS:
        return export_safetensors(path, m, err);
    case IMPORT_GGUF:
        return export_gguf(path, m, err);
    case IMPORT_PT:
        return export_pt(path, m, err);
    case IMPORT_DIRECTORY:
        break;
    }
    return export_directory(path, m, err);
}

axl_status export_model(const char *path, import_kind kind, const import_model *m, axl_error *err) {
    FORWARD(write_kind(path, kind, m, err));
    return import_unchanged(m, err);
}
