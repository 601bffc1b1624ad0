#include "store/model_dir.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "formats/safetensors_file.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/memory.h"
#include "store/config_note.h"
#include "store/model_config_json.h"
#include "store/param_blocks.h"
#include "store/path_join.h"

#include <string.h>

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

const char *model_dir_generation(void) {
    return generation_config;
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

static axl_status read_block(stored_model *out, const safetensors_file *f, const kernels *k,
                             axl_error *err) {
    param_block block = {.prefix = ""};
    const param_blocks blocks = {.table = &out->table, .block = &block, .count = 1};
    FORWARD(param_blocks_match(f, &blocks, err));
    FORWARD(config_note_compare(&f->table, f->what, &out->table.config, err));
    const uint64_t bytes = out->table.numbers * sizeof(float); // checked by params_build
    if (bytes > os_memory_available()) return error_no_memory(err, f->what, bytes);
    out->block = os_block_alloc(bytes);
    if (!out->block) return error_no_memory(err, f->what, bytes);
    block.data = out->block;
    return param_blocks_load(f, &blocks, k, err);
}

static axl_status read_weights(stored_model *out, const char *path, const kernels *k,
                               axl_error *err) {
    safetensors_file f;
    FORWARD(safetensors_open(&f, path, err));
    const axl_status status = read_block(out, &f, k, err);
    if (status == AXL_OK) out->type = safetensors_find(&f.table, "embed.weight")->type;
    safetensors_close(&f);
    return status;
}

axl_status model_dir_read(stored_model *out, const char *path, const kernels *k, axl_error *err) {
    *out = (stored_model){0};
    buf name = {0};
    model_config config;
    axl_status status = path_join(&name, path, MODEL_DIR_CONFIG, err);
    if (status == AXL_OK) status = read_config(&config, name.data, err);
    if (status == AXL_OK) status = params_build(&out->table, &config, err);
    if (status == AXL_OK) status = path_join(&name, path, MODEL_DIR_WEIGHTS, err);
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
    const param_block block = {.prefix = "", .data = (float *)m->block};
    const param_blocks blocks = {.table = m->table, .block = &block, .count = 1};
    safetensors_note note;
    buf text = {0};
    axl_status status = config_note_make(&note, &text, &m->table->config, m->type, err);
    const param_format how = {.type = m->type, .note = &note, .count = 1};
    if (status == AXL_OK) status = param_blocks_write(path, &blocks, &how, k, err);
    buf_free(&text);
    return status;
}

axl_status model_dir_write(const char *path, const model_image *m, const kernels *k,
                           axl_error *err) {
    RETURN_IF(m->type != DTYPE_F32 && m->type != DTYPE_BF16, err, AXL_BAD_ARGUMENT,
              "a model is stored as f32 or bf16");
    buf name = {0};
    buf config = {0};
    axl_status status = model_config_print(&config, &m->table->config, m->type, err);
    if (status == AXL_OK) status = path_join(&name, path, MODEL_DIR_GENERATION, err);
    if (status == AXL_OK) status = os_folder_make(path, err);
    if (status == AXL_OK)
        status = os_file_replace(name.data, generation_config, strlen(generation_config), err);
    if (status == AXL_OK) status = path_join(&name, path, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = write_weights(name.data, m, k, err);
    if (status == AXL_OK) status = path_join(&name, path, MODEL_DIR_CONFIG, err);
    if (status == AXL_OK) status = os_file_replace(name.data, config.data, config.size, err);
    buf_free(&config);
    buf_free(&name);
    return status;
}
