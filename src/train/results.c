#include "train/results.h"

#include "base/error.h"
#include "base/json_out.h"
#include "os/file.h"
#include "train/report_text.h"

#include <math.h>

static void put_hash(json_out *j, const uint8_t digest[SHA256_BYTES], bool hashed) {
    char text[SHA256_HEX_MAX];
    json_out_text(j, "sha256", hashed ? sha256_hex(text, digest) : NULL);
}

// 0 stands for a count that is not known.
static void put_known(json_out *j, const char *name, uint64_t value) {
    if (value > 0)
        json_out_count(j, name, value);
    else
        json_out_text(j, name, NULL);
}

static void put_facts(json_out *j, const char *name, const train_fact *facts, size_t count) {
    json_out_object(j, name);
    for (size_t i = 0; i < count; i++) {
        if (facts[i].text != NULL)
            json_out_text(j, facts[i].name, facts[i].text);
        else
            json_out_number(j, facts[i].name, facts[i].number);
    }
    json_out_end(j);
}

static void put_model(json_out *j, const train_model *m) {
    json_out_object(j, "model");
    json_out_text(j, "preset", m->preset);
    json_out_text(j, "base", m->base);
    json_out_count(j, "parameters", m->parameters);
    json_out_count(j, "context", m->context);
    json_out_text(j, "dtype", m->dtype);
    put_facts(j, "config", m->fields, m->field_count);
    json_out_end(j);
}

static void put_run(json_out *j, const train_summary *s) {
    json_out_object(j, "run");
    json_out_bool(j, "finished", s->finished);
    json_out_count(j, "seed", s->seed);
    json_out_count(j, "steps", s->steps);
    json_out_count(j, "skipped", s->skipped);
    json_out_count(j, "bytes", s->bytes);
    json_out_number(j, "passes", s->passes);
    json_out_number(j, "seconds", s->seconds);
    json_out_number(j, "joules", s->joules);
    json_out_number(j, "train_bpb", s->figures.train_bpb);
    put_facts(j, "settings", s->settings, s->setting_count);
    json_out_end(j);
}

static void put_held_file(json_out *j, const train_file *f) {
    json_out_flat_object(j, NULL);
    json_out_text(j, "path", f->path);
    json_out_count(j, "bytes", f->bytes);
    json_out_count(j, "bytes_evaluated", f->read);
    put_hash(j, f->sha256, f->hashed);
    json_out_number(j, "bpb", f->bpb);
    json_out_number(j, "ppl", exp2(f->bpb));
    json_out_number(j, "gzip_bpb", f->gzip_bpb);
    json_out_number(j, "xz_bpb", f->xz_bpb);
    json_out_end(j);
}

// bpb, bytes, files, xz_bpb and gzip_bpb as in the output of axl eval bpb.
static void put_held(json_out *j, const train_summary *s) {
    const train_figures *f = &s->figures;
    buf verdict = {0};
    json_out_object(j, "held_out");
    json_out_number(j, "bpb", f->eval_bpb);
    json_out_number(j, "ppl", exp2(f->eval_bpb));
    json_out_number(j, "exit_bpb", f->exit_bpb);
    put_known(j, "best_step", f->best_step);
    json_out_number(j, "gzip_bpb", f->gzip_bpb);
    json_out_number(j, "xz_bpb", f->xz_bpb);
    if (isfinite(f->eval_bpb) && isfinite(f->xz_bpb)) {
        json_out_bool(j, "better_than_xz", f->eval_bpb < f->xz_bpb);
    } else {
        json_out_text(j, "better_than_xz", NULL);
    }
    report_verdict(&verdict, s);
    json_out_bytes(j, "verdict", buf_string(&verdict), verdict.size);
    json_out_count(j, "documents", s->data.held_documents);
    json_out_count(j, "bytes", s->data.held_bytes);
    json_out_bool(j, "answers_only", s->data.held_answers > 0);
    put_known(j, "answer_bytes", s->data.held_answers);
    put_known(j, "bytes_evaluated", f->eval_bytes);
    json_out_array(j, "files");
    for (size_t i = 0; i < s->held_count; i++) put_held_file(j, &s->held[i]);
    json_out_end(j);
    json_out_end(j);
    if (!buf_ok(&verdict)) j->to->failed = true;
    buf_free(&verdict);
}

static void put_data(json_out *j, const train_data *d) {
    json_out_object(j, "data");
    json_out_count(j, "documents", d->documents);
    json_out_count(j, "bytes", d->bytes);
    json_out_text(j, "murmur3_128", d->digest);
    json_out_count(j, "duplicates", d->duplicates);
    json_out_count(j, "near_copies", d->near_copies);
    json_out_text(j, "split", d->split);
    json_out_number(j, "overlap", d->overlap);
    json_out_array(j, "sources");
    for (size_t i = 0; i < d->source_count; i++) {
        json_out_flat_object(j, NULL);
        json_out_text(j, "path", d->sources[i].path);
        json_out_number(j, "weight", d->sources[i].weight);
        json_out_count(j, "files", d->sources[i].files);
        json_out_count(j, "bytes", d->sources[i].bytes);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_array(j, "left_out");
    for (size_t i = 0; i < d->left_out_count; i++) {
        json_out_flat_object(j, NULL);
        json_out_text(j, "reason", d->left_out[i].reason);
        json_out_count(j, "count", d->left_out[i].count);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_end(j);
}

static void put_machine(json_out *j, const train_machine *m) {
    json_out_object(j, "machine");
    json_out_text(j, "processor", m->processor);
    json_out_text(j, "system", m->system);
    json_out_text(j, "kernels", m->level);
    put_known(j, "threads", m->threads);
    put_known(j, "memory", m->memory);
    json_out_number(j, "peak_gflops", m->peak_gflops);
    json_out_end(j);
}

static void put_evaluations(json_out *j, const train_summary *s) {
    json_out_array(j, "evaluations");
    for (size_t i = 0; i < s->row_count; i++) {
        const train_row *row = &s->rows[i];
        if (!isfinite(row->eval_bpb)) continue;
        json_out_flat_object(j, NULL);
        json_out_count(j, "step", row->step);
        json_out_count(j, "bytes", row->bytes);
        json_out_number(j, "seconds", row->seconds);
        json_out_number(j, "bpb", row->eval_bpb);
        json_out_end(j);
    }
    json_out_end(j);
}

static void put_text(json_out *j, const char *name, train_text text) {
    if (text.data == NULL)
        json_out_text(j, name, NULL);
    else
        json_out_bytes(j, name, text.data, text.size);
}

static void put_samples(json_out *j, const train_summary *s) {
    json_out_array(j, "samples");
    for (size_t i = 0; i < s->sample_count; i++) {
        json_out_object(j, NULL);
        json_out_count(j, "step", s->samples[i].step);
        json_out_count(j, "bytes", s->samples[i].bytes);
        put_text(j, "prompt", s->samples[i].prompt);
        put_text(j, "suffix", s->samples[i].suffix);
        put_text(j, "completion", s->samples[i].completion);
        json_out_end(j);
    }
    json_out_end(j);
}

void results_render(buf *out, const train_summary *s) {
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_text(&j, "name", s->name);
    json_out_text(&j, "version", s->version);
    json_out_number(&j, "time", s->time > 0 ? s->time : NAN);
    json_out_text(&j, "license", s->license);
    json_out_text(&j, "command", s->command);
    put_held(&j, s);
    put_run(&j, s);
    put_model(&j, &s->model);
    put_data(&j, &s->data);
    put_machine(&j, &s->machine);
    put_evaluations(&j, s);
    put_samples(&j, s);
    json_out_end(&j);
}

axl_status results_write(const train_summary *s, const char *path, axl_error *err) {
    buf text = {0};
    results_render(&text, s);
    const axl_status status = buf_ok(&text) ? os_file_replace(path, text.data, text.size, err)
                                            : error_no_memory(err, "the results", text.size);
    buf_free(&text);
    return status;
}
