#include "store/checkpoint.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/link.h"
#include "os/space.h"
#include "os/staging.h"
#include "store/checkpoint_config.h"
#include "store/checkpoint_list.h"
#include "store/finite.h"
#include "store/model_config_json.h"
#include "store/model_dir.h"
#include "store/param_blocks.h"
#include "store/path_join.h"

#include <inttypes.h>
#include <string.h>

// Of a tensor in the header of a file: its name, shape and place, generously.
#define ENTRY_BYTES ((uint64_t)160)
// Of the notes, of config.json and of what a file system adds.
#define SMALL_BYTES ((uint64_t)64 << 10)

uint64_t checkpoint_bytes(const param_table *t, size_t moments) {
    const uint64_t blocks = 1 + moments;
    return blocks * (t->parameters * sizeof(float) + t->count * ENTRY_BYTES) + SMALL_BYTES;
}

// A save under way. {0} but for what is borrowed.
typedef struct saving {
    const char *out_dir;
    const checkpoint *c;
    const checkpoint_policy *policy;
    const kernels *k;
    checkpoint_list before; // what is there already
    char name[CHECKPOINT_NAME_MAX];
    checkpoint_record record;
    buf config; // the text of config.json
    buf path;   // scratch
} saving;

// Names the first tensor of a block that holds something that is not finite.
static axl_status check_finite(const param_table *t, const float *block, const char *prefix,
                               axl_error *err) {
    const size_t at = finite_until(block, t->numbers);
    if (at == t->numbers) return AXL_OK;
    size_t row = 0;
    while (row + 1 < t->count && t->list[row + 1].offset <= at) row++;
    return error_set(err, AXL_NUMERIC, "not saved: number %zu of %s%s is %g",
                     at - t->list[row].offset, prefix, t->list[row].name, (double)block[at]);
}

static axl_status check_blocks(const checkpoint_blocks *b, axl_error *err) {
    FORWARD(check_finite(b->table, b->weights, "", err));
    for (size_t i = 0; i < checkpoint_moments_count(b); i++)
        FORWARD(check_finite(b->table, b->moment[i], checkpoint_moment_prefix[i], err));
    return AXL_OK;
}

// Another model in OUT is not overwritten. A config.json that cannot be read is no model.
static axl_status check_out(const saving *s, axl_error *err) {
    model_config there;
    const axl_status status = checkpoint_config_read(&there, s->out_dir, NULL, err);
    if (status == AXL_NO_MEMORY) return status;
    if (status != AXL_OK) return AXL_OK;
    return checkpoint_config_same(s->out_dir, &there, &s->c->blocks.table->config, err);
}

static axl_status check_room(const saving *s, axl_error *err) {
    uint64_t have;
    const checkpoint_blocks *b = &s->c->blocks;
    const uint64_t need = checkpoint_bytes(b->table, checkpoint_moments_count(b));
    char need_text[STRING_SIZE_MAX], have_text[STRING_SIZE_MAX];
    FORWARD(os_space_available(s->out_dir, &have, err));
    RETURN_IF(have < need, err, AXL_IO,
              "no room for a checkpoint in %s: it takes %s (%" PRIu64 " bytes), %s are free",
              s->out_dir, string_size(need_text, need), need, string_size(have_text, have));
    return AXL_OK;
}

// Above those of all others. The clock, so that it is also above those that cannot be read now; it
// may have been set back, so that it alone is not enough.
static uint64_t next_serial(const checkpoint_list *l) {
    const uint64_t last = l->count > 0 ? l->entry[0].serial : 0, now = os_wall_ns();
    return now > last ? now : last + 1;
}

// The part that writes nothing.
static axl_status prepare(saving *s, axl_error *err) {
    const checkpoint_blocks *b = &s->c->blocks;
    FORWARD(check_blocks(b, err));
    FORWARD(check_out(s, err));
    FORWARD(check_room(s, err));
    FORWARD(checkpoint_list_read(&s->before, s->out_dir, err));
    FORWARD(model_config_print(&s->config, &b->table->config, DTYPE_F32, err));
    checkpoint_list_name(&s->before, s->c->progress.step, s->name);
    s->record = (checkpoint_record){
        .format = CHECKPOINT_FORMAT,
        .serial = next_serial(&s->before),
        .rule = b->rule,
        .moments = checkpoint_moments_count(b),
        .config_crc = crc32c(0, s->config.data, s->config.size),
        .best = s->policy->is_best,
        .progress = s->c->progress,
        .setting = s->c->setting,
        .settings = s->c->settings,
    };
    return AXL_OK;
}

// The checksum that the writer of the model has put into the file.
static axl_status read_model_crc(saving *s, const char *folder, axl_error *err) {
    safetensors_file f;
    FORWARD(path_join(&s->path, folder, MODEL_DIR_WEIGHTS, err));
    FORWARD(safetensors_open(&f, s->path.data, err));
    const axl_status status = checkpoint_data_crc(&s->record.model_crc, &f.table, f.what, err);
    safetensors_close(&f);
    return status;
}

static axl_status write_state(saving *s, const char *folder, axl_error *err) {
    const checkpoint_blocks *b = &s->c->blocks;
    param_block block[CHECKPOINT_MOMENTS];
    const param_blocks moments = checkpoint_moments(b, checkpoint_moments_count(b), block);
    checkpoint_notes notes;
    axl_status status = checkpoint_notes_make(&notes, &s->record, err);
    if (status == AXL_OK) status = path_join(&s->path, folder, CHECKPOINT_STATE, err);
    if (status == AXL_OK) {
        const param_format how = {.type = DTYPE_F32, .note = notes.list, .count = notes.count};
        status = param_blocks_write(s->path.data, &moments, &how, s->k, err);
    }
    checkpoint_notes_free(&notes);
    return status;
}

// The folder of the checkpoint: complete and durable, or there is none. *there: it is.
static axl_status write_folder(saving *s, bool *there, axl_error *err) {
    os_staging *staging = NULL;
    const model_image model = {
        .table = s->c->blocks.table, .block = s->c->blocks.weights, .type = DTYPE_F32};
    FORWARD(os_folder_make(s->before.path.data, err));
    FORWARD(os_staging_begin(&staging, s->before.path.data, err));
    const char *folder = os_staging_path(staging);
    axl_status status = model_dir_write(folder, &model, s->k, err);
    if (status == AXL_OK) status = read_model_crc(s, folder, err);
    if (status == AXL_OK) status = write_state(s, folder, err);
    if (status == AXL_OK) return os_staging_commit(staging, s->name, there, err);
    os_staging_abort(staging);
    return status;
}

// Makes the small file OUT/NAME hold the text; with `keep` one that is there stays as it is, since
// a person may have changed it.
static axl_status publish_text(saving *s, const char *name, const char *text, bool keep,
                               axl_error *err) {
    void *there = NULL;
    size_t bytes = 0;
    FORWARD(path_join(&s->path, s->out_dir, name, err));
    axl_status status = os_file_read(s->path.data, MODEL_CONFIG_JSON_MAX, &there, &bytes, err);
    const bool done =
        status == AXL_OK && (keep || (bytes == strlen(text) && memcmp(there, text, bytes) == 0));
    mem_free(there);
    if (done || status == AXL_NO_MEMORY) return status;
    return os_file_replace(s->path.data, text, strlen(text), err);
}

static axl_status publish_weights(saving *s, axl_error *err) {
    buf from = {0};
    axl_status status = path_join(&s->path, s->before.path.data, s->name, err);
    if (status == AXL_OK) status = path_join(&from, s->path.data, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = path_join(&s->path, s->out_dir, MODEL_DIR_WEIGHTS, err);
    if (status == AXL_OK) status = os_link_replace(s->path.data, from.data, err);
    buf_free(&from);
    return status;
}

// Makes OUT the model directory of the new checkpoint. config.json comes last, so that a directory
// with it is complete; it nearly always is what it was.
static axl_status publish(saving *s, axl_error *err) {
    FORWARD(publish_text(s, MODEL_DIR_GENERATION, model_dir_generation(), true, err));
    FORWARD(publish_weights(s, err));
    FORWARD(publish_text(s, MODEL_DIR_CONFIG, s->config.data, false, err));
    if (s->policy->is_best) FORWARD(checkpoint_best_set(s->out_dir, s->name, err));
    return os_folder_sync(s->out_dir, err);
}

static axl_status save(saving *s, axl_error *err) {
    bool there = false;
    const size_t keep = s->policy->keep_last > 0 ? s->policy->keep_last - 1 : 0;
    FORWARD(prepare(s, err));
    axl_status status = write_folder(s, &there, err);
    // Also where OUT cannot be brought up to date: the disk must not fill up meanwhile.
    if (status == AXL_OK) {
        status = publish(s, err);
        axl_error *unless_failed = status == AXL_OK ? err : NULL;
        const axl_status pruned =
            checkpoint_list_prune(&s->before, s->out_dir, keep, unless_failed);
        if (status == AXL_OK) status = pruned;
    }
    if (status == AXL_OK || !there) return status;
    return error_context(err, status, "%s is saved, but", s->name);
}

axl_status checkpoint_save(const char *out_dir, const checkpoint *c,
                           const checkpoint_policy *policy, const kernels *k, axl_error *err) {
    saving s = {.out_dir = out_dir, .c = c, .policy = policy, .k = k};
    const axl_status status = save(&s, err);
    checkpoint_list_free(&s.before);
    buf_free(&s.config);
    buf_free(&s.path);
    return status;
}

static axl_status publish_found(saving *s, const checkpoint_found *f, axl_error *err) {
    const char *name = strrchr(f->path, '/');
    string_copy(s->name, sizeof s->name, name ? name + 1 : f->path);
    FORWARD(path_join(&s->before.path, s->out_dir, CHECKPOINT_FOLDER, err));
    FORWARD(model_config_print(&s->config, &f->config, DTYPE_F32, err));
    return publish(s, err);
}

axl_status checkpoint_publish(const char *out_dir, const checkpoint_found *f, axl_error *err) {
    const checkpoint_policy policy = {.is_best = f->is_best};
    saving s = {.out_dir = out_dir, .policy = &policy};
    const axl_status status = publish_found(&s, f, err);
    checkpoint_list_free(&s.before);
    buf_free(&s.config);
    buf_free(&s.path);
    return status;
}
