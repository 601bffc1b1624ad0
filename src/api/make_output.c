#include "api/make_output.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/folder.h"
#include "os/listing.h"

#include <string.h>

static const char *const set_names[MAKE_SETS] = {"train.jsonl", "held.jsonl"};

static axl_data_made_set *made_of(const make_output *o, int set) {
    return set == MAKE_TRAIN ? &o->made->train : &o->made->held;
}

axl_status make_output_name(buf *to, const char *folder, const char *sub, const char *name,
                            axl_error *err) {
    buf_clear(to);
    return buf_format(to, "%s/%s%s%s", folder, sub, *name ? "/" : "", name)
               ? AXL_OK
               : error_no_memory(err, "a path", to->size);
}

static axl_status begin(make_output *o, int set, const char *path, bool force, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    RETURN_IF(kind != OS_KIND_NONE && !force, err, AXL_BAD_ARGUMENT,
              "%s is there already; --force replaces it", path);
    sha256_begin(&o->hash[set]);
    return os_replace_begin(&o->file[set], path, err);
}

axl_status make_output_open(make_output *o, const char *folder, bool force, axl_error *err) {
    buf name = {0};
    axl_status status = make_output_name(&name, folder, o->task->name, "", err);
    if (status == AXL_OK) status = os_folder_make(buf_string(&name), err);
    for (int set = 0; set < MAKE_SETS && status == AXL_OK; set++) {
        status = make_output_name(&name, folder, o->task->name, set_names[set], err);
        if (status == AXL_OK) status = begin(o, set, buf_string(&name), force, err);
    }
    buf_free(&name);
    return status;
}

bool make_output_full(const make_output *o, int set) {
    return o->limit > 0 && made_of(o, set)->pairs >= o->limit;
}

static void put_line(buf *to, const make_output *o, const task_pairs *p, const task_pair *pair,
                     const make_source *from) {
    const char *text = p->text.data;
    json_out j = {.to = to};
    json_out_flat_object(&j, NULL);
    json_out_bytes(&j, "prompt", text + pair->prompt, pair->completion - pair->prompt);
    json_out_bytes(&j, "completion", text + pair->completion, pair->end - pair->completion);
    json_out_text(&j, "task", o->task->name);
    json_out_text(&j, "kind", pair->kind);
    json_out_text(&j, "project", from->project);
    json_out_text(&j, "path", from->path);
    json_out_count(&j, "line", pair->line);
    json_out_text(&j, "sha256", from->sha256);
    json_out_end(&j);
}

static void count_kind(make_output *o, int set, const char *name) {
    size_t i = 0;
    while (i < o->kinds && strcmp(o->kind[i].name, name) != 0) i++;
    if (i == MAKE_KINDS_MAX) return;
    if (i == o->kinds) {
        o->kind[o->kinds++] = (make_kind){.pairs = {0}};
        string_copy(o->kind[i].name, sizeof o->kind[i].name, name);
    }
    o->kind[i].pairs[set]++;
}

// A pair comes in once; code that the held-out pairs are made of does not come in for training.
// AXL_NOT_FOUND, without a text, for one that stays out.
static axl_status admit(make_output *o, int set, const task_pairs *p, const task_pair *pair,
                        axl_error *err) {
    const digest source = digest_of(&pair->source, sizeof pair->source);
    const digest text = digest_of(p->text.data + pair->prompt, pair->end - pair->prompt);
    if (set == MAKE_TRAIN && digest_set_has(&o->sources, source)) {
        o->made->shared++;
        return AXL_NOT_FOUND;
    }
    if (digest_set_has(&o->seen, text)) {
        o->made->copies++;
        return AXL_NOT_FOUND;
    }
    if (set == MAKE_HELD) FORWARD(digest_set_add(&o->sources, source, err));
    return digest_set_add(&o->seen, text, err);
}

// One pair as a line of the set's file.
static axl_status write_pair(make_output *o, int set, const buf *line, axl_error *err) {
    if (!buf_ok(line)) return error_no_memory(err, "a pair", line->size);
    FORWARD(os_replace_write(o->file[set], line->data, line->size, err));
    sha256_add(&o->hash[set], line->data, line->size);
    return AXL_OK;
}

axl_status make_output_put(make_output *o, int set, const task_pairs *pairs,
                           const make_source *from, axl_error *err) {
    buf line = {0};
    axl_status status = AXL_OK;
    axl_data_made_set *made = made_of(o, set);
    o->made->too_long += pairs->too_long;
    for (size_t i = 0; i < pairs->count && status == AXL_OK && !make_output_full(o, set); i++) {
        const task_pair *pair = &pairs->pair[i];
        status = admit(o, set, pairs, pair, err);
        if (status == AXL_OK) {
            buf_clear(&line);
            put_line(&line, o, pairs, pair, from);
            status = write_pair(o, set, &line, err);
            made->pairs++;
            made->bytes += pair->end - pair->prompt;
            count_kind(o, set, pair->kind);
        }
        if (status == AXL_NOT_FOUND) status = AXL_OK;
    }
    buf_free(&line);
    return status;
}

axl_status make_output_sync(make_output *o, axl_error *err) {
    for (int set = 0; set < MAKE_SETS; set++) FORWARD(os_replace_sync(o->file[set], err));
    return AXL_OK;
}

axl_status make_output_finish(make_output *o, axl_error *err) {
    for (int set = 0; set < MAKE_SETS; set++) {
        uint8_t hash[SHA256_BYTES];
        os_replace *file = o->file[set];
        o->file[set] = NULL;
        FORWARD(os_replace_commit(file, err));
        sha256_end(&o->hash[set], hash);
        sha256_hex(made_of(o, set)->sha256, hash);
    }
    return AXL_OK;
}

void make_output_tell(const make_output *o, json_out *j) {
    json_out_text(j, "task", o->task->name);
    for (int set = 0; set < MAKE_SETS; set++) {
        const axl_data_made_set *made = made_of(o, set);
        json_out_object(j, set_names[set]);
        json_out_count(j, "pairs", made->pairs);
        json_out_count(j, "bytes", made->bytes);
        json_out_text(j, "sha256", made->sha256);
        json_out_object(j, "kinds");
        for (size_t i = 0; i < o->kinds; i++)
            if (o->kind[i].pairs[set]) json_out_count(j, o->kind[i].name, o->kind[i].pairs[set]);
        json_out_end(j);
        json_out_end(j);
    }
    json_out_object(j, "pairs_left_out");
    json_out_count(j, "too_long", o->made->too_long);
    json_out_count(j, "copies", o->made->copies);
    json_out_count(j, "shared", o->made->shared);
    json_out_end(j);
}

void make_output_close(make_output *o) {
    for (int set = 0; set < MAKE_SETS; set++) os_replace_abort(o->file[set]);
    digest_set_free(&o->seen);
    digest_set_free(&o->sources);
}
