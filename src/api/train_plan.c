#include "api/train_plan.h"

#include "api/train_auto.h"
#include "base/error.h"
#include "data/batches.h"
#include "model/flops.h"
#include "os/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

pass_machine train_plan_machine(const train_setup *s) {
    return (pass_machine){.k = &s->machine.k,
                          .p = s->machine.pool,
                          .memory = &os_plan_memory,
                          .limit =
                              s->options->max_ram ? (size_t)s->options->max_ram : PLAN_NO_LIMIT};
}

// ---- memory and disk ----

// What does not grow with the model: the program and its libraries, the stacks that threads have
// touched, the places of files. 3.6 to 4.9 MiB were measured on Linux with 1 to 16 threads; the
// rest is for other systems.
#define PROGRAM_BYTES ((uint64_t)6 << 20)

// A window, and the rows of a batch, of a look at held-out text.
static uint64_t look_bytes(const axl_train_plan *p) {
    return sizeof(uint16_t) * (p->length + 1 + 2 * (uint64_t)p->batch * p->length);
}

static axl_status plan_memory_of(const train_setup *s, axl_train_plan *out, axl_error *err) {
    param_table table;
    trainer_bytes bytes;
    const pass_machine with = train_plan_machine(s);
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
    out->data = corpus_summarize(s->corpus)->memory + ahead + look_bytes(out);
    out->program = PROGRAM_BYTES;
    out->all = bytes.all + out->data + out->program;
    return AXL_OK;
}

static void plan_shape(const train_setup *s, axl_train_plan *out) {
    const model_config *c = &s->config;
    snprintf(out->preset, sizeof out->preset, "%s", s->preset);
    snprintf(out->base, sizeof out->base, "%s", s->base);
    out->d_model = c->d_model;
    out->n_heads = c->n_heads;
    out->d_ff = c->d_ff;
    out->n_layers_per_scale = c->n_layers;
    out->max_seq_len = c->max_seq_len;
    out->batch = (size_t)s->settings.batch;
    out->length = train_settings_length(&s->settings, c);
    if (!s->recipe.train) return;
    const char *why = c->max_seq_len == s->recipe.context ? s->recipe.why : "context as was said";
    snprintf(out->recipe, sizeof out->recipe, "%s; %s", s->recipe.what, why);
}

axl_status train_plan_memory(const train_setup *s, uint64_t *bytes, axl_error *err) {
    axl_train_plan p = {.batch = (size_t)s->settings.batch,
                        .length = train_settings_length(&s->settings, &s->config)};
    FORWARD(plan_memory_of(s, &p, err));
    *bytes = p.all;
    return AXL_OK;
}

// ---- time and text ----

static void plan_text(const train_setup *s, axl_train_plan *out) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    out->train_bytes = c->set[CORPUS_TRAIN].bytes;
    out->train_documents = c->set[CORPUS_TRAIN].documents;
    out->held_bytes = c->set[CORPUS_HELD].bytes;
    out->held_documents = c->set[CORPUS_HELD].documents;
    out->tail = c->tail;
}

// Bytes a second with the looks at held-out text, as run.c spaces them. A look is forward work
// only.
static double speed_with_looks(const train_setup *s, const axl_train_plan *p) {
    const train_settings *t = &s->settings;
    double bytes = (double)p->held_bytes;
    if (t->eval_bytes > 0) bytes = fmin(bytes, t->eval_bytes);
    if (!(t->eval_every > 0)) return p->bytes_per_s;
    const double look = bytes / (FLOPS_TRAIN * p->bytes_per_s);
    const double between = fmax(t->eval_every, RUN_LOOK_EVERY * look);
    return p->bytes_per_s * between / (between + look);
}

static void plan_time(const train_setup *s, axl_train_plan *out) {
    const sizing_budget budget = train_auto_budget(s, 0);
    const growth grows = growth_of(&s->settings, &s->config);
    const double step = growth_mean_step(&grows, s->settings.steps > 0);
    double rate = 0, bytes = budget.bytes;
    if (s->speed.bytes_per_s > 0) {
        out->bytes_per_s = s->speed.bytes_per_s;
        out->speed_from = (axl_train_speed)(AXL_TRAIN_SPEED_ASSUMED + s->speed.source);
        rate = speed_with_looks(s, out);
    }
    if (budget.seconds > 0) bytes = rate * budget.seconds;
    out->steps = (uint64_t)ceil(bytes / step);
    out->bytes = (uint64_t)((double)out->steps * step);
    out->seconds = budget.seconds;
    if (!(out->seconds > 0) && rate > 0) out->seconds = (double)out->bytes / rate;
    out->passes = (double)out->bytes / (double)out->train_bytes;
}

// ---- advice ----

// So short a run is a trial and gets no advice, unless its time is the limit.
#define STEPS_OF_A_TRIAL 100

static bool gets_advice(const train_setup *s, const axl_train_plan *p) {
    return p->bytes > 0 && (train_auto_budget(s, 0).seconds > 0 || p->steps >= STEPS_OF_A_TRIAL);
}

static void plan_advice(const train_setup *s, axl_train_plan *out) {
    out->over_memory = out->all > os_memory_available();
    if (!gets_advice(s, out)) return;
    out->too_often = out->passes > SIZING_PASSES_MOST;
    sizing_budget budget = train_auto_budget(s, s->speed.peak);
    const sizing_budget seen = {.bytes = (double)out->bytes, .text = budget.text};
    out->fit = sizing_fit(&seen, &s->config);
    if (s->automatic || (out->fit >= SIZING_FIT_LEAST && out->fit <= SIZING_FIT_MOST)) return;
    model_config better;
    if (!sizing_propose(&budget, &s->config, &better)) return;
    out->auto_params = config_parameters(&better);
    out->auto_bytes = sizing_seen(&budget, &better);
    out->too_large = out->fit < SIZING_FIT_LEAST && out->auto_params < out->params;
    out->too_small = out->fit > SIZING_FIT_MOST && out->auto_params > out->params;
}

static axl_status make(const train_setup *s, axl_train_plan *out, axl_error *err) {
    memset(out, 0, sizeof *out);
    plan_shape(s, out);
    plan_text(s, out);
    FORWARD(plan_memory_of(s, out, err));
    RETURN_IF(s->options->max_ram && out->all > s->options->max_ram, err, AXL_TOO_LARGE,
              "this training needs %llu bytes of memory, allowed are %llu",
              (unsigned long long)out->all, (unsigned long long)s->options->max_ram);
    plan_time(s, out);
    plan_advice(s, out);
    return AXL_OK;
}

// A dry run says how fast the run will be; before a run it matters only where the time is limited,
// and measuring takes a small part of it.
#define DRY_SECONDS 1.0
#define RUN_SHARE 0.02

axl_status train_plan_make(train_setup *s, bool dry, axl_train_plan *out, axl_error *err) {
    FORWARD(make(s, out, err));
    const double limit = train_auto_budget(s, 0).seconds;
    const bool wanted = dry || (limit > 0 && !s->options->resume);
    if (s->speed.bytes_per_s > 0 || out->over_memory || !wanted) return AXL_OK;
    train_auto_measure(s, dry ? DRY_SECONDS : fmin(DRY_SECONDS, RUN_SHARE * limit));
    return make(s, out, err);
}

axl_status axl_train_dry(const axl_train_options *options, axl_train_plan *out, axl_error *err) {
    RETURN_IF(!options || !out, err, AXL_BAD_ARGUMENT, "axl_train_dry: options or out is NULL");
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = train_plan_make(&s, true, out, err);
    train_setup_close(&s);
    return status;
}
