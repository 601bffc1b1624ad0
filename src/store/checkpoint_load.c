#include "store/checkpoint.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "formats/safetensors_file.h"
#include "store/checkpoint_config.h"
#include "store/checkpoint_list.h"
#include "store/model_dir.h"
#include "store/model_names.h"
#include "store/path_join.h"

#include <inttypes.h>
#include <string.h>

// The copy of config.json that the model has in it for those who see this file alone.
static axl_status check_config_note(const safetensors_file *file, const checkpoint_found *f,
                                    axl_error *err) {
    const char *text = safetensors_note_text(&file->table, MODEL_NOTE_CONFIG);
    const bool other = !text || crc32c(0, text, strlen(text)) != f->config_crc;
    RETURN_IF(other, err, AXL_BAD_FILE, "%s: " MODEL_NOTE_CONFIG " is not what %s says", file->what,
              MODEL_DIR_CONFIG);
    return AXL_OK;
}

// Opens FOLDER/model.safetensors, which must be the one that belongs to the state: data with this
// checksum. *path must live as long as the file.
static axl_status open_model(safetensors_file *out, buf *path, const checkpoint_found *f,
                             axl_error *err) {
    uint64_t crc;
    FORWARD(path_join(path, f->path, MODEL_DIR_WEIGHTS, err));
    FORWARD(safetensors_open(out, path->data, err));
    axl_status status = checkpoint_data_crc(&crc, &out->table, out->what, err);
    if (status == AXL_OK && crc != f->model_crc)
        status = error_set(err, AXL_BAD_FILE,
                           "%s belongs to another checkpoint (checksum %08" PRIx64
                           ", expected %08" PRIx32 ")",
                           out->what, crc, f->model_crc);
    if (status == AXL_OK) status = check_config_note(out, f, err);
    if (status != AXL_OK) safetensors_close(out);
    return status;
}

static axl_status open_state(safetensors_file *out, buf *path, const checkpoint_found *f,
                             axl_error *err) {
    uint64_t crc;
    FORWARD(path_join(path, f->path, CHECKPOINT_STATE, err));
    FORWARD(safetensors_open(out, path->data, err));
    const axl_status status = checkpoint_data_crc(&crc, &out->table, out->what, err);
    if (status != AXL_OK) safetensors_close(out);
    return status;
}

// Checks names, shapes and checksums of a file and reads it into what blocks there are.
static axl_status read_blocks(const safetensors_file *file, const param_blocks *b, const kernels *k,
                              axl_error *err) {
    FORWARD(param_blocks_match(file, b, err));
    return param_blocks_load(file, b, k, err);
}

// Reads both files. Where `to` has no blocks the files are only checked.
static axl_status read_files(const checkpoint_found *f, const checkpoint_blocks *to,
                             const kernels *k, axl_error *err) {
    buf path = {0};
    safetensors_file file;
    const param_block weights = {.prefix = "", .data = to->weights};
    const param_blocks model = {.table = to->table, .block = &weights, .count = 1};
    param_block block[CHECKPOINT_MOMENTS];
    const param_blocks moments = checkpoint_moments(to, f->moments, block);
    axl_status status = open_model(&file, &path, f, err);
    if (status == AXL_OK) {
        status = read_blocks(&file, &model, k, err);
        safetensors_close(&file);
    }
    if (status == AXL_OK) status = open_state(&file, &path, f, err);
    if (status == AXL_OK) {
        status = read_blocks(&file, &moments, k, err);
        safetensors_close(&file);
    }
    buf_free(&path);
    return status;
}

static void take_state(checkpoint_found *f, checkpoint_state *s) {
    f->rule = (optimizer_rule)s->record.rule;
    f->moments = (size_t)s->record.moments;
    f->progress = s->record.progress;
    f->model_crc = (uint32_t)s->record.model_crc;
    f->config_crc = (uint32_t)s->record.config_crc;
    f->is_best = s->record.best == 1;
    f->setting = s->setting;
    f->settings = s->record.settings;
    f->state = s->table;
    *s = (checkpoint_state){0};
}

static axl_status check_files(const checkpoint_found *f, axl_error *err) {
    param_table table;
    axl_status status = params_build(&table, &f->config, err);
    const checkpoint_blocks nowhere = {.table = &table};
    if (status == AXL_OK) status = read_files(f, &nowhere, NULL, err);
    params_free(&table);
    return status;
}

// Fills out->path and the rest when the checkpoint in that folder is whole.
static axl_status examine(checkpoint_found *out, axl_error *err) {
    checkpoint_state s;
    uint32_t crc = 0;
    axl_status status = checkpoint_state_read(&s, out->path, err);
    if (status == AXL_OK) status = checkpoint_config_read(&out->config, out->path, &crc, err);
    if (status == AXL_OK && crc != s.record.config_crc)
        status = error_set(err, AXL_BAD_FILE, "%s was changed", MODEL_DIR_CONFIG);
    if (status == AXL_OK) {
        take_state(out, &s);
        status = check_files(out, err);
    }
    checkpoint_state_free(&s);
    return status;
}

// Forgets what was read of one that turned out damaged.
static void forget(checkpoint_found *f) {
    const buf passed = f->passed;
    f->passed = (buf){0};
    checkpoint_found_free(f);
    f->passed = passed;
}

static axl_status pass_over(checkpoint_found *out, const char *name, const axl_error *why,
                            axl_error *err) {
    if (buf_format(&out->passed, "%s: %s\n", name, why->text)) return AXL_OK;
    return error_no_memory(err, "a list of checkpoints", strlen(why->text));
}

// The first of the list that is whole; without one, out->path stays NULL.
static axl_status choose(checkpoint_found *out, const checkpoint_list *l, axl_error *err) {
    buf path = {0};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < l->count && status == AXL_OK && !out->path; i++) {
        const checkpoint_entry *e = &l->entry[i];
        if (e->serial == 0) continue; // told already
        axl_error why = {AXL_OK, ""};
        status = path_join(&path, l->path.data, e->name, err);
        if (status != AXL_OK) break;
        out->path = buf_take(&path, NULL);
        status = examine(out, &why);
        if (status == AXL_OK) break;
        forget(out);
        if (status == AXL_NO_MEMORY) {
            error_set(err, status, "%s", why.text);
        } else {
            status = pass_over(out, e->name, &why, err);
        }
    }
    buf_free(&path);
    return status;
}

// Those whose state cannot be read: how new they are is not known.
static axl_status tell_unreadable(checkpoint_found *out, const checkpoint_list *l, axl_error *err) {
    for (size_t i = 0; i < l->count; i++) {
        const checkpoint_entry *e = &l->entry[i];
        if (e->serial == 0) FORWARD(pass_over(out, e->name, &e->why, err));
    }
    return AXL_OK;
}

axl_status checkpoint_find(checkpoint_found *out, const char *out_dir, axl_error *err) {
    *out = (checkpoint_found){0};
    checkpoint_list list;
    axl_status status = checkpoint_list_read(&list, out_dir, err);
    if (status == AXL_OK) status = tell_unreadable(out, &list, err);
    if (status == AXL_OK) status = choose(out, &list, err);
    if (status == AXL_OK && list.count == 0) {
        status = error_set(err, AXL_NOT_FOUND, "%s has no checkpoints", out_dir);
    } else if (status == AXL_OK && !out->path) {
        const int line = (int)strcspn(buf_string(&out->passed), "\n");
        status = error_set(err, AXL_BAD_FILE, "no checkpoint of %zu can be used; %.*s", list.count,
                           line, buf_string(&out->passed));
    }
    checkpoint_list_free(&list);
    return status;
}

void checkpoint_found_free(checkpoint_found *f) {
    mem_free(f->path);
    mem_free(f->setting);
    buf_free(&f->passed);
    safetensors_free(&f->state);
    *f = (checkpoint_found){0};
}

axl_status checkpoint_load(const checkpoint_found *f, const checkpoint_blocks *to, const kernels *k,
                           axl_error *err) {
    const char *have = optimizer_name(f->rule), *want = optimizer_name(to->rule);
    const size_t moments = checkpoint_moments_count(to);
    FORWARD(checkpoint_config_same(f->path, &f->config, &to->table->config, err));
    RETURN_IF(f->rule != to->rule, err, AXL_BAD_FILE,
              "the checkpoint was made with the optimizer %s, this run has %s", have, want);
    RETURN_IF(f->moments != moments, err, AXL_BAD_FILE,
              "the optimizer %s of the checkpoint remembers %zu numbers a parameter, this one %zu",
              have, f->moments, moments);
    return read_files(f, to, k, err);
}
