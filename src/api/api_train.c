#include <axl/train.h>

#include "api/train_setup.h"
#include "base/error.h"
#include "data/batches.h"
#include "os/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const plan_memory memory = {
    .alloc = os_block_alloc, .free = os_block_free, .available = os_memory_available};

static pass_machine machine_of(const train_setup *s) {
    return (pass_machine){.k = &s->machine.k,
                          .p = s->machine.pool,
                          .memory = &memory,
                          .limit =
                              s->options->max_ram ? (size_t)s->options->max_ram : PLAN_NO_LIMIT};
}

// ---- the plan ----

static void plan_text(const train_setup *s, axl_train_plan *out) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    out->train_bytes = c->set[CORPUS_TRAIN].bytes;
    out->train_documents = c->set[CORPUS_TRAIN].documents;
    out->held_bytes = c->set[CORPUS_HELD].bytes;
    out->held_documents = c->set[CORPUS_HELD].documents;
    out->tail = c->tail;
    out->data = c->memory;
}

static axl_status make_plan(const train_setup *s, axl_train_plan *out, axl_error *err) {
    param_table table;
    trainer_bytes bytes;
    const pass_machine with = machine_of(s);
    memset(out, 0, sizeof *out);
    snprintf(out->preset, sizeof out->preset, "%s", s->preset);
    out->batch = (size_t)s->settings.batch;
    out->length = train_settings_length(&s->settings, &s->config);
    plan_text(s, out);
    FORWARD(params_build(&table, &s->config, err));
    const axl_status status = trainer_plan(&table, &s->settings, &with, &bytes, err);
    const optimizer_config o = train_settings_optimizer(&s->settings);
    out->params = table.parameters;
    out->checkpoint = checkpoint_bytes(&table, optimizer_moments(&o));
    params_free(&table);
    FORWARD(status);
    size_t ahead = 0;
    const batches_options next = {.sampler = {.length = out->length}, .batch = out->batch};
    RETURN_IF(!batches_memory(&next, &ahead), err, AXL_TOO_LARGE, "the batch is too large");
    out->disk = ((uint64_t)s->settings.keep_last + 2) * out->checkpoint;
    out->weights = bytes.weights;
    out->gradients = bytes.gradients;
    out->moments = bytes.moments;
    out->activations = bytes.activations;
    out->scratch = bytes.scratch;
    out->data += ahead;
    out->all = bytes.all + out->data;
    RETURN_IF(s->options->max_ram && out->all > s->options->max_ram, err, AXL_TOO_LARGE,
              "this training needs %llu bytes of memory, allowed are %llu",
              (unsigned long long)out->all, (unsigned long long)s->options->max_ram);
    return AXL_OK;
}

axl_status axl_train_dry(const axl_train_options *options, axl_train_plan *out, axl_error *err) {
    RETURN_IF(!options || !out, err, AXL_BAD_ARGUMENT, "axl_train_dry: options or out is NULL");
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = make_plan(&s, out, err);
    train_setup_close(&s);
    return status;
}

// ---- the run ----

static void on_row(void *ctx, const train_row *row) {
    const axl_train_events *e = ctx;
    if (!e->row) return;
    const axl_train_row out = {.step = row->step,
                               .bytes = row->bytes,
                               .seconds = row->seconds,
                               .fraction = row->fraction,
                               .train_bits = row->train_bpb,
                               .held_bits = row->eval_bpb,
                               .rate = row->rate,
                               .norm = row->grad_norm,
                               .skipped = row->skipped,
                               .bytes_per_s = row->bytes_per_s,
                               .share = row->share,
                               .resident = row->rss};
    e->row(e->ctx, &out);
}

static void on_note(void *ctx, const char *text) {
    const axl_train_events *e = ctx;
    if (e->note) e->note(e->ctx, text);
}

static void on_sample(void *ctx, const train_sample *sample) {
    const axl_train_events *e = ctx;
    if (e->sample)
        e->sample(e->ctx, sample->prompt.data, sample->completion.data, sample->completion.size);
}

static run_stop on_stop(void *ctx) {
    const axl_train_events *e = ctx;
    return e->stop && e->stop(e->ctx) != 0 ? RUN_STOP : RUN_GO_ON;
}

static axl_status run(const train_setup *s, axl_train_result *out, axl_error *err) {
    const axl_train_options *o = s->options;
    FORWARD(make_plan(s, &out->plan, err));
    const run_spec spec = {
        .out = o->out,
        .config = s->config,
        .settings = s->settings,
        .corpus = s->corpus,
        .resume = o->resume,
        .prompt = o->prompt ? o->prompt : s->prompt,
        .machine = machine_of(s),
        .events = {on_row, on_note, on_sample, on_stop, (void *)(uintptr_t)&o->events}};
    run_result result;
    const axl_status status = train_run(&spec, &result, err);
    out->steps = result.progress.step;
    out->bytes = result.progress.bytes;
    out->skipped = result.progress.step - result.progress.updates;
    out->seconds = result.progress.seconds;
    out->train_bits = result.train_bpb;
    out->held_bits = result.eval_bpb;
    return status;
}

axl_status axl_train(const axl_train_options *options, axl_train_result *result, axl_error *err) {
    RETURN_IF(!options, err, AXL_BAD_ARGUMENT, "axl_train: options is NULL");
    axl_train_result local;
    if (!result) result = &local;
    memset(result, 0, sizeof *result);
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = run(&s, result, err);
    train_setup_close(&s);
    return status;
}
