#include "store/export.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "formats/torch_pt.h"
#include "store/model_names.h"

#include <math.h>
#include <string.h>

static void put_key(buf *out, const char *key) {
    pickle_put_text(out, key, strlen(key));
}

// A number that torch.load(weights_only=True) takes in every version: the one of PyTorch 1.13 knows
// no floats, so one that is not whole is a text.
static void put_real(buf *out, double value) {
    if (value >= 0 && value <= (double)INT32_MAX && value == floor(value)) {
        pickle_put_number(out, (uint64_t)value);
        return;
    }
    buf text = {0};
    json_text_put_real(&text, value);
    pickle_put_text(out, buf_string(&text), text.size);
    out->failed = out->failed || !buf_ok(&text);
    buf_free(&text);
}

// The fields of config.json.
static void put_config(buf *out, const param_table *t) {
    put_key(out, MODEL_PT_CONFIG);
    pickle_put_byte(out, PICKLE_OP_EMPTY_DICT);
    pickle_put_byte(out, PICKLE_OP_MARK);
    put_key(out, "model_type");
    put_key(out, "multiscale_transformer");
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        const double value = config_get(&t->config, f);
        put_key(out, f->name);
        if (f->type == CONFIG_SIZE) {
            pickle_put_number(out, (uint64_t)value);
        } else {
            put_real(out, value);
        }
    }
    put_key(out, "bias");
    pickle_put_byte(out, PICKLE_OP_FALSE);
    put_key(out, "downsample_factors");
    pickle_put_byte(out, PICKLE_OP_EMPTY_LIST);
    pickle_put_byte(out, PICKLE_OP_MARK);
    for (size_t a = 0; a < MODEL_SCALES; a++) pickle_put_number(out, model_factor(a));
    pickle_put_byte(out, PICKLE_OP_APPENDS);
    put_key(out, "num_parameters");
    pickle_put_number(out, t->parameters);
    pickle_put_byte(out, PICKLE_OP_SETITEMS);
}

static void put_files(buf *out, const import_model *m) {
    put_key(out, MODEL_PT_FILES);
    pickle_put_byte(out, PICKLE_OP_EMPTY_DICT);
    pickle_put_byte(out, PICKLE_OP_MARK);
    for (size_t i = 0; i < IMPORT_TEXTS; i++) {
        if (!m->text[i].text) continue;
        put_key(out, import_text_names[i]);
        pickle_put_text(out, m->text[i].text, m->text[i].bytes);
    }
    pickle_put_byte(out, PICKLE_OP_SETITEMS);
}

static axl_status item_of(const import_tensor *t, torch_item *out, axl_error *err) {
    RETURN_IF(gguf_type_of(t->type)->block > 1, err, AXL_BAD_ARGUMENT,
              "tensor %s is %s, which only a .gguf file holds", t->row->name,
              gguf_type_of(t->type)->name);
    *out = (torch_item){.name = t->row->name,
                        .type = dtype_by_gguf((int)t->type),
                        .dims = t->row->shape.dims,
                        .data = t->data};
    memcpy(out->dim, t->row->shape.dim, out->dims * sizeof *out->dim);
    return AXL_OK;
}

axl_status export_pt(const char *path, const import_model *m, axl_error *err) {
    const size_t count = m->table.count;
    buf members = {0};
    torch_item *item = mem_alloc_array(count, sizeof *item);
    if (!item) return error_no_memory(err, path, count * sizeof *item);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < count && status == AXL_OK; i++)
        status = item_of(&m->tensor[i], &item[i], err);
    put_config(&members, &m->table);
    put_files(&members, m);
    const torch_content content = {
        .state = MODEL_PT_STATE, .item = item, .items = count, .members = &members};
    if (status == AXL_OK) status = torch_pt_write(path, &content, err);
    buf_free(&members);
    mem_free(item);
    return status;
}
