#include "api/train_record.h"

#include <axl/axl.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/wild.h"
#include "model/flops.h"
#include "os/clock.h"
#include "store/path_join.h"

#include <math.h>
#include <string.h>

// ---- names ----

// What is behind the last slash of the folder, where that says something.
static void put_name(train_record *r, const char *out) {
    train_setup_name(r->name, sizeof r->name, out);
    r->summary.name = r->name;
}

static void put_split(train_record *r, const train_setup *s) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    const char *how = "none was held out";
    if (c->held_by_path)
        how = "named by --val";
    else if (c->tail)
        how = "the end of the text, because there is only one file or folder, or too few";
    else if (c->set[CORPUS_HELD].documents > 0)
        how = "whole files and folders directly below the data, by a hash of seed and name";
    string_copy(r->split, sizeof r->split, how);
    r->summary.data.split = r->split;
}

// ---- the data ----

// Whether the document at path comes from what was named: the path itself, what is below it, or
// what a pattern matches.
static bool comes_from(const char *path, const char *named) {
    size_t length = strlen(named);
    while (length > 1 && named[length - 1] == '/') length--;
    const bool begins = strncmp(path, named, length) == 0;
    if (begins && (path[length] == '\0' || path[length] == '/' || named[length - 1] == '/'))
        return true;
    char start[1024];
    if (!wild_present(named) || strlen(path) >= sizeof start) return false;
    for (size_t i = 1;; i++) {
        if (path[i - 1] != '\0' && path[i] != '/' && path[i] != '\0') continue;
        string_format(start, sizeof start, NULL, "%.*s", (int)i, path);
        if (wild_match_path(named, start)) return true;
        if (path[i] == '\0') return false;
    }
}

static size_t source_of(const train_record *r, const char *path) {
    size_t i = 0;
    while (i < r->paths.count && !comes_from(path, r->paths.path[i])) i++;
    return i;
}

// Counts the training documents of each path; where paths have weights, each is a group.
static void count_sources(train_record *r, const corpus *c) {
    const size_t groups = corpus_summarize(c)->groups;
    for (size_t g = 0; g < groups; g++) {
        const char *last = NULL;
        size_t source = g;
        for (size_t i = 0; i < corpus_documents(c, CORPUS_TRAIN, g); i++) {
            const corpus_document d = corpus_document_at(c, CORPUS_TRAIN, g, i);
            const bool fresh = d.path != last;
            if (fresh && groups == 1) source = source_of(r, d.path);
            last = d.path;
            if (source >= r->paths.count) continue;
            r->source[source].files += fresh;
            r->source[source].bytes += d.bytes;
        }
    }
}

static axl_status put_sources(train_record *r, const train_setup *s, axl_error *err) {
    size_t count;
    const char *const *path = train_setup_data(s, &count);
    FORWARD(path_weights_parse(&r->paths, path, count, err));
    r->source = mem_zalloc_array(r->paths.count, sizeof *r->source);
    if (!r->source)
        return error_no_memory(err, "the data's paths", r->paths.count * sizeof *r->source);
    for (size_t i = 0; i < r->paths.count; i++)
        r->source[i] = (train_source){.path = r->paths.path[i], .weight = r->paths.weight[i]};
    count_sources(r, s->corpus);
    r->summary.data.sources = r->source;
    r->summary.data.source_count = r->paths.count;
    return AXL_OK;
}

static void put_data(train_record *r, const train_setup *s) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    train_data *d = &r->summary.data;
    for (int i = 0; i < CORPUS_REASONS; i++) {
        if (c->left_out[i] == 0) continue;
        r->omission[d->left_out_count++] =
            (train_omission){corpus_reason_text((corpus_reason)i), c->left_out[i]};
    }
    d->left_out = r->omission;
    d->documents = c->set[CORPUS_TRAIN].documents;
    d->bytes = c->set[CORPUS_TRAIN].bytes;
    d->held_documents = c->set[CORPUS_HELD].documents;
    d->held_bytes = c->set[CORPUS_HELD].bytes;
    d->duplicates = c->left_out[CORPUS_DUPLICATE] + c->left_out[CORPUS_HELD_OUT];
    d->near_copies = c->near;
    digest_text(r->digest, c->set[CORPUS_TRAIN].hash);
    d->digest = r->digest;
    const audit_report *a = &s->overlap;
    if (s->compared && a->shingles > 0) d->overlap = (double)a->shared / (double)a->shingles;
}

// ---- model, settings, machine ----

static void put_model(train_record *r, const train_setup *s) {
    train_model *m = &r->summary.model;
    m->preset = s->preset;
    m->base = s->base[0] ? s->base : NULL;
    m->parameters = config_parameters(&s->config);
    m->context = s->config.max_seq_len;
    m->dtype = s->settings.dtype > 0 ? "bf16" : "f32";
    for (size_t i = 0; i < CONFIG_FIELDS; i++)
        r->field[i] = (train_fact){.name = config_fields[i].name,
                                   .number = config_get(&s->config, &config_fields[i])};
    m->fields = r->field;
    m->field_count = CONFIG_FIELDS;
}

static void put_settings(train_record *r, const train_setup *s) {
    for (size_t i = 0; i < train_setting_count && i < TRAIN_RECORD_SETTINGS; i++) {
        const setting *f = &train_setting_list[i];
        r->setting[i] = (train_fact){.name = f->name};
        if (f->kind == SETTING_CHOICE)
            r->setting[i].text = train_setting_text(&s->settings, f, r->setting_text[i]);
        else
            r->setting[i].number = train_setting_get(&s->settings, f);
        r->summary.setting_count = i + 1;
    }
    r->summary.settings = r->setting;
    r->summary.seed = (uint64_t)s->settings.seed;
}

static void put_machine(train_record *r, const train_setup *s) {
    train_machine *m = &r->summary.machine;
    axl_cpu_info info;
    axl_cpu_detect(&info);
    string_copy(r->processor, sizeof r->processor, info.processor);
    m->processor = r->processor;
    m->system = os_system_name(r->system);
    m->level = kernels_level_name(s->machine.k.level);
    m->threads = s->machine.threads;
    m->memory = os_memory_installed();
}

// ---- the log ----

static axl_status read_log(train_record *r, const char *folder, axl_error *err) {
    static const char *const names[] = {"log.csv", "log.jsonl", "samples.jsonl"};
    buf path[3] = {{0}, {0}, {0}};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < 3 && status == AXL_OK; i++)
        status = path_join(&path[i], folder, names[i], err);
    if (status == AXL_OK)
        status = log_history_read(&r->log, path[0].data, path[1].data, path[2].data, err);
    for (size_t i = 0; i < 3; i++) buf_free(&path[i]);
    return status;
}

// What the run measured, of its last row. The peak is what its share was a share of.
static void put_log(train_record *r, const train_setup *s) {
    train_summary *out = &r->summary;
    out->rows = r->log.rows;
    out->row_count = r->log.row_count;
    out->samples = r->log.samples;
    out->sample_count = r->log.sample_count;
    if (out->row_count == 0) return;
    const train_row *last = &out->rows[out->row_count - 1];
    const size_t length = train_settings_length(&s->settings, &s->config);
    const double each = FLOPS_EACH * flops_train(&s->config, length) / (double)length;
    out->figures.train_bpb = last->train_bpb;
    out->joules = last->joules;
    out->skipped = last->skipped;
    if (last->share > 0) out->machine.peak_gflops = last->bytes_per_s * each / last->share * 1e-9;
}

axl_status train_record_open(train_record *out, const train_setup *s, const train_held *held,
                             axl_error *err) {
    memset(out, 0, sizeof *out);
    out->summary = train_summary_none();
    out->summary.version = axl_version();
    out->summary.time = (double)os_wall_ns() * 1e-9;
    out->summary.held = held->file;
    out->summary.held_count = held->files;
    out->summary.figures.eval_bytes = held->read;
    if (held->counted < held->bytes) out->summary.data.held_answers = held->counted;
    put_name(out, s->options->out);
    put_split(out, s);
    put_data(out, s);
    put_model(out, s);
    put_settings(out, s);
    put_machine(out, s);
    FORWARD(put_sources(out, s, err));
    FORWARD(read_log(out, s->options->out, err));
    put_log(out, s);
    return AXL_OK;
}

void train_record_close(train_record *r) {
    log_history_free(&r->log);
    path_weights_free(&r->paths);
    mem_free(r->source);
    r->source = NULL;
}
