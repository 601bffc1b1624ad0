#include "store/checkpoint_list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "formats/safetensors_file.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/link.h"
#include "os/staging.h"
#include "store/path_join.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "step-"
#define BEST "best"
#define BEST_MAX ((size_t)4096) // bytes of the file, where it is one

const char *const checkpoint_moment_prefix[CHECKPOINT_MOMENTS] = {"moment.0.", "moment.1."};

size_t checkpoint_moments_count(const checkpoint_blocks *b) {
    size_t count = 0;
    while (count < CHECKPOINT_MOMENTS && b->moment[count]) count++;
    return count;
}

param_blocks checkpoint_moments(const checkpoint_blocks *b, size_t count,
                                param_block block[CHECKPOINT_MOMENTS]) {
    for (size_t i = 0; i < CHECKPOINT_MOMENTS; i++)
        block[i] = (param_block){.prefix = checkpoint_moment_prefix[i], .data = b->moment[i]};
    return (param_blocks){.table = b->table, .block = block, .count = count};
}

axl_status checkpoint_state_read(checkpoint_state *out, const char *folder, axl_error *err) {
    *out = (checkpoint_state){0};
    buf path = {0};
    safetensors_file f = {0};
    axl_status status = path_join(&path, folder, CHECKPOINT_STATE, err);
    if (status == AXL_OK) status = safetensors_open(&f, path.data, err);
    if (status == AXL_OK)
        status = checkpoint_notes_read(&out->record, &out->setting, &f.table, f.what, err);
    out->table = f.table;
    f.table = (safetensors){0};
    safetensors_close(&f);
    buf_free(&path);
    return status;
}

void checkpoint_state_free(checkpoint_state *s) {
    mem_free(s->setting);
    safetensors_free(&s->table);
    *s = (checkpoint_state){0};
}

static bool is_digits(const char *text, size_t least) {
    const size_t digits = strspn(text, "0123456789");
    return digits >= least && text[digits] == '\0';
}

// "step-", at least ten digits, and perhaps a point and a number.
static bool is_name(const char *name) {
    char step[CHECKPOINT_NAME_MAX];
    if (strlen(name) >= sizeof step || !string_starts(name, PREFIX)) return false;
    string_copy(step, sizeof step, name + strlen(PREFIX));
    char *point = strchr(step, '.');
    if (point) *point = '\0';
    return is_digits(step, 10) && (!point || is_digits(point + 1, 1));
}

static axl_status read_serial(checkpoint_entry *e, const char *folder, axl_error *err) {
    buf path = {0};
    checkpoint_state s = {0};
    axl_status status = path_join(&path, folder, e->name, err);
    if (status == AXL_OK) {
        status = checkpoint_state_read(&s, path.data, &e->why);
        if (status == AXL_OK) e->serial = s.record.serial;
        // Anything but this is the fault of that checkpoint alone.
        if (status == AXL_NO_MEMORY && err) *err = e->why;
        if (status != AXL_NO_MEMORY) status = AXL_OK;
    }
    checkpoint_state_free(&s);
    buf_free(&path);
    return status;
}

static axl_status add_entry(void *ctx, const char *name, axl_error *err) {
    checkpoint_list *l = ctx;
    if (!is_name(name)) return AXL_OK;
    if (l->count == l->room) {
        const size_t room = size_max(8, 2 * l->room);
        checkpoint_entry *more = mem_resize_array(l->entry, room, sizeof *more);
        if (!more) return error_no_memory(err, "names of checkpoints", room * sizeof *more);
        l->entry = more;
        l->room = room;
    }
    checkpoint_entry *e = &l->entry[l->count++];
    *e = (checkpoint_entry){.why = {AXL_OK, ""}};
    string_copy(e->name, sizeof e->name, name);
    return AXL_OK;
}

static int newest_first(const void *a, const void *b) {
    const checkpoint_entry *x = a, *y = b;
    if (x->serial != y->serial) return x->serial > y->serial ? -1 : 1;
    return strcmp(y->name, x->name);
}

axl_status checkpoint_list_read(checkpoint_list *out, const char *out_dir, axl_error *err) {
    *out = (checkpoint_list){0};
    FORWARD(path_join(&out->path, out_dir, CHECKPOINT_FOLDER, err));
    const axl_status status = os_folder_each(out->path.data, add_entry, out, err);
    if (status == AXL_NOT_FOUND) return AXL_OK;
    FORWARD(status);
    for (size_t i = 0; i < out->count; i++)
        FORWARD(read_serial(&out->entry[i], out->path.data, err));
    if (out->count > 1) qsort(out->entry, out->count, sizeof *out->entry, newest_first);
    return AXL_OK;
}

void checkpoint_list_free(checkpoint_list *l) {
    mem_free(l->entry);
    buf_free(&l->path);
    *l = (checkpoint_list){0};
}

static bool has_name(const checkpoint_list *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->entry[i].name, name) == 0) return true;
    return false;
}

void checkpoint_list_name(const checkpoint_list *l, uint64_t step, char out[CHECKPOINT_NAME_MAX]) {
    string_format(out, CHECKPOINT_NAME_MAX, NULL, PREFIX "%010" PRIu64, step);
    for (size_t i = 2; has_name(l, out); i++)
        string_format(out, CHECKPOINT_NAME_MAX, NULL, PREFIX "%010" PRIu64 ".%zu", step, i);
}

axl_status checkpoint_best_set(const char *out_dir, const char *name, axl_error *err) {
    buf path = {0}, text = {0};
    axl_status status = path_join(&path, out_dir, BEST, err);
    if (status == AXL_OK) status = path_join(&text, CHECKPOINT_FOLDER, name, err);
    if (status == AXL_OK) {
        status = os_symlink_replace(path.data, text.data, err);
        if (status == AXL_UNSUPPORTED)
            status = os_file_replace(path.data, text.data, text.size, err);
    }
    buf_free(&text);
    buf_free(&path);
    return status;
}

axl_status checkpoint_best_read(buf *out, const char *out_dir, axl_error *err) {
    buf path = {0};
    axl_status status = path_join(&path, out_dir, BEST, err);
    if (status == AXL_OK) status = os_symlink_read(path.data, out, err);
    if (status == AXL_BAD_FILE) {
        void *text = NULL;
        size_t bytes = 0;
        status = os_file_read(path.data, BEST_MAX, &text, &bytes, err);
        if (status == AXL_OK && !buf_append(out, text, bytes))
            status = error_no_memory(err, "a path", bytes);
        mem_free(text);
    }
    buf_free(&path);
    return status == AXL_NOT_FOUND ? AXL_OK : status;
}

axl_status checkpoint_list_prune(const checkpoint_list *l, const char *out_dir, size_t keep,
                                 axl_error *err) {
    buf best = {0};
    const axl_status status = checkpoint_best_read(&best, out_dir, err);
    for (size_t i = keep; status == AXL_OK && i < l->count; i++) {
        const checkpoint_entry *e = &l->entry[i];
        if (e->serial == 0 || string_ends(buf_string(&best), e->name)) continue;
        (void)os_staging_remove(l->path.data, e->name, NULL);
    }
    buf_free(&best);
    return status;
}
