#include "store/model_dir.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "formats/json_text.h"
#include "formats/safetensors_file.h"
#include "formats/safetensors_write.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/memory.h"
#include "store/model_config_json.h"

#include <string.h>

#define CONFIG_NAME "config.json"
#define WEIGHTS_NAME "model.safetensors"
#define GENERATION_NAME "generation_config.json"

// How text is generated unless the caller says otherwise: the values that were published.
static const char generation_config[] =
    "{\n"
    "  \"max_new_tokens\": 256,\n"
    "  \"temperature\": 0.8,\n"
    "  \"top_k\": 40,\n"
    "  \"top_p\": 0.9,\n"
    "  \"repetition_penalty\": 1.1,\n"
    "  \"do_sample\": true\n"
    "}\n";

// "FOLDER/NAME" into out.
static axl_status join_path(buf *out, const char *folder, const char *name, axl_error *err) {
    buf_clear(out);
    RETURN_IF(!folder || *folder == '\0', err, AXL_BAD_ARGUMENT, "no name of a model's folder");
    buf_format(out, "%s/%s", folder, name);
    return buf_ok(out) ? AXL_OK : error_no_memory(err, "a path", strlen(folder));
}

static axl_status read_config(model_config *out, const char *path, axl_error *err) {
    void *data = NULL;
    buf text = {0};
    FORWARD(os_file_read(path, MODEL_CONFIG_JSON_MAX, &data, &text.size, err));
    text.data = data;
    const axl_status status = model_config_parse(out, json_text_name(path), &text, err);
    mem_free(data);
    return status;
}

// What the names and shapes of a file are compared with, and what was found wrong.
typedef struct matching {
    const safetensors_file *f;
    const param_table *t;
    const param **row; // [tensors of the file]: its row of the table, or NULL; owned
    buf faults;        // a line for an error text
    size_t count;      // of faults
} matching;

// The text of an error is short; more than this of a list is only counted.
#define FAULTS_SHOWN ((size_t)100)

static void add_fault(matching *m, const char *what, const char *name) {
    m->count++;
    if (m->faults.size < FAULTS_SHOWN)
        buf_format(&m->faults, "%s%s %s", m->count > 1 ? "; " : "", what, name);
}

static bool same_shape(const safetensor *t, const param *p) {
    bool same = t->dims == p->shape.dims;
    for (size_t i = 0; i < t->dims && same; i++) same = t->dim[i] == p->shape.dim[i];
    return same;
}

static void find_rows(matching *m) {
    const safetensors *s = &m->f->table;
    for (size_t i = 0; i < m->t->count; i++) {
        const safetensor *t = safetensors_find(s, m->t->list[i].name);
        if (t) m->row[t - s->list] = &m->t->list[i];
    }
}

// Notes the tensors that no row has claimed, the first ones with the nearest name of the table.
static axl_status note_unknown(matching *m, axl_error *err) {
    const safetensors *s = &m->f->table;
    const char **names = mem_alloc_array(m->t->count, sizeof *names);
    if (!names) return error_no_memory(err, "names of tensors", m->t->count * sizeof *names);
    for (size_t i = 0; i < m->t->count; i++) names[i] = m->t->list[i].name;
    for (size_t i = 0; i < s->count; i++) {
        if (m->row[i]) continue;
        add_fault(m, "unknown", s->list[i].name);
        if (m->faults.size >= FAULTS_SHOWN) continue;
        const size_t nearest = string_nearest(s->list[i].name, names, m->t->count);
        if (nearest != SIZE_MAX) buf_format(&m->faults, " (%s?)", names[nearest]);
    }
    mem_free((void *)names);
    return AXL_OK;
}

// Notes the rows whose tensor is missing or has another shape or type.
static void note_unfit(matching *m) {
    for (size_t i = 0; i < m->t->count; i++) {
        const param *p = &m->t->list[i];
        const safetensor *t = safetensors_find(&m->f->table, p->name);
        if (!t) {
            add_fault(m, "missing", p->name);
        } else if (!dtype_of(t->type)->to_f32 || !same_shape(t, p)) {
            char have[SAFETENSOR_TEXT], want[SHAPE_TEXT];
            const bool shown = m->faults.size < FAULTS_SHOWN;
            add_fault(m, "wrong", p->name);
            if (shown)
                buf_format(&m->faults, " is %s, not F32, BF16 or F16 %s", safetensor_text(t, have),
                           shape_text(&p->shape, want));
        }
    }
}

static axl_status match(matching *m, axl_error *err) {
    find_rows(m);
    FORWARD(note_unknown(m, err));
    note_unfit(m);
    if (m->count == 0) return AXL_OK;
    if (!buf_ok(&m->faults)) return error_no_memory(err, "an error text", FAULTS_SHOWN);
    return error_set(err, AXL_BAD_FILE, "%s: %zu faults against config.json: %s", m->f->what,
                     m->count, buf_string(&m->faults));
}

static axl_status read_block(stored_model *out, const matching *m, const kernels *k,
                             axl_error *err) {
    const safetensors *s = &m->f->table;
    const uint64_t bytes = out->table.numbers * sizeof(float); // checked by params_build
    if (bytes > os_memory_available()) return error_no_memory(err, m->f->what, bytes);
    out->block = os_block_alloc(bytes);
    if (!out->block) return error_no_memory(err, m->f->what, bytes);
    safetensors_target *target = mem_zalloc_array(s->count, sizeof *target);
    if (!target) return error_no_memory(err, m->f->what, s->count * sizeof *target);
    for (size_t i = 0; i < s->count; i++)
        target[i] = (safetensors_target){out->block + m->row[i]->offset, true};
    const axl_status status = safetensors_load(m->f, k, target, err);
    mem_free(target);
    return status;
}

static axl_status read_weights(stored_model *out, const char *path, const kernels *k,
                               axl_error *err) {
    safetensors_file f;
    FORWARD(safetensors_open(&f, path, err));
    matching m = {.f = &f, .t = &out->table};
    m.row = mem_zalloc_array(f.table.count, sizeof *m.row);
    axl_status status =
        m.row ? match(&m, err) : error_no_memory(err, path, f.table.count * sizeof *m.row);
    if (status == AXL_OK) status = read_block(out, &m, k, err);
    if (status == AXL_OK) out->type = safetensors_find(&f.table, "embed.weight")->type;
    buf_free(&m.faults);
    mem_free((void *)m.row);
    safetensors_close(&f);
    return status;
}

axl_status model_dir_read(stored_model *out, const char *path, const kernels *k, axl_error *err) {
    *out = (stored_model){0};
    buf name = {0};
    model_config config;
    axl_status status = join_path(&name, path, CONFIG_NAME, err);
    if (status == AXL_OK) status = read_config(&config, name.data, err);
    if (status == AXL_OK) status = params_build(&out->table, &config, err);
    if (status == AXL_OK) status = join_path(&name, path, WEIGHTS_NAME, err);
    if (status == AXL_OK) status = read_weights(out, name.data, k, err);
    buf_free(&name);
    if (status != AXL_OK) stored_model_free(out);
    return status;
}

void stored_model_free(stored_model *m) {
    params_free(&m->table);
    os_block_free(m->block);
    *m = (stored_model){0};
}

static axl_status write_weights(const char *path, const model_image *m, const kernels *k,
                                axl_error *err) {
    const param_table *t = m->table;
    safetensors_item *item = mem_zalloc_array(t->count, sizeof *item);
    if (!item) return error_no_memory(err, path, t->count * sizeof *item);
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        item[i] = (safetensors_item){.name = p->name,
                                     .type = m->type,
                                     .dims = p->shape.dims,
                                     .data = m->block + p->offset,
                                     .from_f32 = true};
        memcpy(item[i].dim, p->shape.dim, p->shape.dims * sizeof *item[i].dim);
    }
    const safetensors_content content = {.item = item, .items = t->count};
    const axl_status status = safetensors_write(path, &content, k, err);
    mem_free(item);
    return status;
}

axl_status model_dir_write(const char *path, const model_image *m, const kernels *k,
                           axl_error *err) {
    RETURN_IF(m->type != DTYPE_F32 && m->type != DTYPE_BF16, err, AXL_BAD_ARGUMENT,
              "a model is stored as f32 or bf16");
    buf name = {0};
    buf config = {0};
    axl_status status = model_config_print(&config, &m->table->config, m->type, err);
    if (status == AXL_OK) status = join_path(&name, path, GENERATION_NAME, err);
    if (status == AXL_OK) status = os_folder_make(path, err);
    if (status == AXL_OK)
        status = os_file_replace(name.data, generation_config, strlen(generation_config), err);
    if (status == AXL_OK) status = join_path(&name, path, WEIGHTS_NAME, err);
    if (status == AXL_OK) status = write_weights(name.data, m, k, err);
    if (status == AXL_OK) status = join_path(&name, path, CONFIG_NAME, err);
    if (status == AXL_OK) status = os_file_replace(name.data, config.data, config.size, err);
    buf_free(&config);
    buf_free(&name);
    return status;
}
