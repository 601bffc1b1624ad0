#include "train/run_save.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "model/flops.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/staging.h"
#include "store/checkpoint_list.h"
#include "store/path_join.h"

#include <math.h>
#include <string.h>

// ---- checkpoints ----

static checkpoint_blocks blocks_of(const trainer *t) {
    return (checkpoint_blocks){
        .table = t->table,
        .weights = t->w,
        .rule = (optimizer_rule)t->settings.optimizer,
        .moment = {optimizer_moment(t->optimizer, 0), optimizer_moment(t->optimizer, 1)}};
}

#define SETTINGS_MOST 64

axl_status run_save(const run_spec *spec, const trainer *t, const checkpoint_progress *p, bool best,
                    axl_error *err) {
    char text[SETTINGS_MOST][SETTING_TEXT];
    checkpoint_setting list[SETTINGS_MOST];
    RETURN_IF(train_setting_count > SETTINGS_MOST, err, AXL_INTERNAL, "too many settings to save");
    for (size_t i = 0; i < train_setting_count; i++) {
        const setting *f = &train_setting_list[i];
        list[i] = (checkpoint_setting){.name = f->name,
                                       .text = train_setting_text(&spec->settings, f, text[i])};
    }
    const checkpoint c = {
        .blocks = blocks_of(t), .progress = *p, .setting = list, .settings = train_setting_count};
    const checkpoint_policy policy = {.keep_last = (size_t)spec->settings.keep_last,
                                      .is_best = best};
    return checkpoint_save(spec->out, &c, &policy, spec->machine.k, err);
}

static const char *saved_setting(const checkpoint_found *f, const char *name) {
    for (size_t i = 0; i < f->settings; i++)
        if (strcmp(f->setting[i].name, name) == 0) return f->setting[i].text;
    return NULL;
}

static axl_status compare(const run_spec *spec, const checkpoint_found *found, axl_error *err) {
    for (size_t i = 0; i < train_setting_count; i++) {
        const setting *f = &train_setting_list[i];
        const char *was = saved_setting(found, f->name);
        char is[SETTING_TEXT];
        train_setting_text(&spec->settings, f, is);
        RETURN_IF(f->shapes && was && strcmp(was, is) != 0, err, AXL_BAD_FILE,
                  "%s: the run there was made with %s %s, not %s", spec->out, f->name, was, is);
    }
    return AXL_OK;
}

// Says of each damaged checkpoint that it was not taken.
static void tell_passed(const run_spec *spec, const checkpoint_found *found) {
    char text[sizeof(axl_error) + 128];
    for (const char *line = buf_string(&found->passed); *line;) {
        const int length = (int)strcspn(line, "\n");
        string_format(text, sizeof text, NULL, "passed over the checkpoint %.*s", length, line);
        if (spec->events.note) spec->events.note(spec->events.ctx, text);
        line += length + (line[length] == '\n');
    }
}

axl_status run_load(const run_spec *spec, trainer *t, checkpoint_progress *p, axl_error *err) {
    checkpoint_found found;
    axl_status status = checkpoint_find(&found, spec->out, err);
    if (status == AXL_OK) tell_passed(spec, &found);
    if (status == AXL_OK) status = compare(spec, &found, err);
    if (status == AXL_OK) {
        const checkpoint_blocks blocks = blocks_of(t);
        status = checkpoint_load(&found, &blocks, spec->machine.k, err);
    }
    if (status == AXL_OK) status = checkpoint_publish(spec->out, &found, err);
    if (status == AXL_OK) {
        *p = found.progress;
        optimizer_set_steps(t->optimizer, p->updates);
        t->rate_factor = p->rate_scale;
    }
    checkpoint_found_free(&found);
    return status;
}

axl_status run_began(const char *folder, bool *began, axl_error *err) {
    buf path = {0};
    os_kind kind = OS_KIND_NONE;
    axl_status status = path_join(&path, folder, "log.csv", err);
    if (status == AXL_OK) status = os_kind_of(path.data, &kind, err);
    *began = kind == OS_KIND_FILE;
    buf_free(&path);
    return status;
}

void run_clean(const char *folder) {
    static const char *const inside[] = {".", "tensorboard", CHECKPOINT_FOLDER};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        buf path = {0};
        os_staging *staging;
        if (path_join(&path, folder, inside[i], NULL) == AXL_OK)
            (void)os_replace_clean(path.data, NULL, NULL);
        // Whoever begins a folder there removes those of the dead.
        const bool staged = strcmp(inside[i], CHECKPOINT_FOLDER) == 0;
        if (staged && path.data && os_staging_begin(&staging, path.data, NULL) == AXL_OK)
            os_staging_abort(staging);
        buf_free(&path);
    }
}

axl_status run_check_empty(const char *folder, axl_error *err) {
    checkpoint_found found;
    const axl_status status = checkpoint_find(&found, folder, err);
    checkpoint_found_free(&found);
    if (status == AXL_NOT_FOUND) return AXL_OK;
    RETURN_IF(status == AXL_OK || status == AXL_BAD_FILE, err, AXL_BAD_ARGUMENT,
              "%s holds a run already: --resume goes on with it", folder);
    return status;
}

// ---- the record ----

#define SESSIONS_BYTES ((size_t)1 << 22) // of the file: tens of thousands of sessions

static void put_session(buf *text, const run_session *s) {
    json_out j = {.to = text};
    json_out_flat_object(&j, NULL);
    json_out_count(&j, "first_step", s->first);
    json_out_count(&j, "last_step", s->last);
    json_out_bool(&j, "finished", s->finished);
    json_out_number(&j, "seconds", s->seconds);
    json_out_number(&j, "saving", s->cost.saving);
    json_out_number(&j, "logging", s->cost.logging);
    json_out_number(&j, "looking", s->cost.looking);
    json_out_number(&j, "sampling", s->cost.sampling);
    json_out_end(&j);
}

axl_status run_record(const run_spec *spec, const run_session *session, axl_error *err) {
    buf path = {0}, text = {0};
    void *before = NULL;
    size_t bytes = 0;
    axl_status status = path_join(&path, spec->out, RUN_SESSIONS, err);
    if (status == AXL_OK) status = os_file_read(path.data, SESSIONS_BYTES, &before, &bytes, err);
    if (status == AXL_NOT_FOUND) status = AXL_OK;
    if (status == AXL_OK) {
        buf_append(&text, before, bytes);
        put_session(&text, session);
        status = buf_ok(&text) ? os_file_replace(path.data, text.data, text.size, err)
                               : error_no_memory(err, "a record", text.size);
    }
    mem_free(before);
    buf_free(&text);
    buf_free(&path);
    return status;
}

// ---- the yardstick ----

#define PEAK_ROUNDS ((size_t)200000) // some 10 ms of one thread
#define PEAK_TRIES 5

typedef struct peak {
    peak_rate_fn *fn;
    double operations;
} peak;

static void peak_task(void *ctx, size_t task, size_t worker) {
    (void)worker;
    peak *p = ctx;
    float sink;
    const double operations = p->fn(PEAK_ROUNDS, &sink);
    if (task == 0) p->operations = operations; // the same in all
}

double run_peak(const trainer *t) {
    const kernels *k = t->machine.k;
    const size_t threads = pool_threads(t->machine.p);
    peak p = {.fn = t->settings.dtype > 0 ? k->peak->bf16 : k->peak->f32};
    double best = 0;
    for (size_t i = 0; i < PEAK_TRIES; i++) {
        const uint64_t start = os_clock_ns();
        pool_run(t->machine.p, threads, peak_task, &p);
        const double seconds = (double)(os_clock_ns() - start) * 1e-9;
        if (seconds > 0) best = fmax(best, p.operations * (double)threads / seconds);
    }
    return best;
}

double run_operations(const trainer *t) {
    return FLOPS_EACH * flops_train(&t->table->config, t->length) / (double)t->length;
}
