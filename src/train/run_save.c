#include "train/run_save.h"

#include "base/error.h"
#include "base/rng.h"
#include "model/flops.h"
#include "model/step.h"
#include "os/clock.h"

#include <math.h>
#include <stdio.h>
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

axl_status run_load(const run_spec *spec, trainer *t, checkpoint_progress *p, axl_error *err) {
    checkpoint_found found;
    axl_status status = checkpoint_find(&found, spec->out, err);
    if (status == AXL_OK) status = compare(spec, &found, err);
    if (status == AXL_OK) {
        const checkpoint_blocks blocks = blocks_of(t);
        status = checkpoint_load(&found, &blocks, spec->machine.k, err);
    }
    if (status == AXL_OK) {
        *p = found.progress;
        optimizer_set_steps(t->optimizer, p->updates);
        t->rate_factor = p->rate_scale;
    }
    checkpoint_found_free(&found);
    return status;
}

axl_status run_check_empty(const char *folder, axl_error *err) {
    checkpoint_found found;
    const axl_status status = checkpoint_find(&found, folder, NULL);
    checkpoint_found_free(&found);
    RETURN_IF(status != AXL_NOT_FOUND, err, AXL_BAD_ARGUMENT,
              "%s holds a run already: --resume goes on with it", folder);
    return AXL_OK;
}

// ---- samples ----

#define SAMPLE_BYTES 200
#define SAMPLE_HEAT 0.8 // temperature

// A byte drawn from the logits; EOS ends a text.
static unsigned draw(const float *logits, double u) {
    double most = -INFINITY, sum = 0, p[MODEL_EOS + 1];
    for (size_t i = 0; i <= MODEL_EOS; i++)
        if (i != MODEL_BOS && (double)logits[i] > most) most = (double)logits[i];
    for (size_t i = 0; i <= MODEL_EOS; i++) {
        p[i] = i == MODEL_BOS ? 0 : exp(((double)logits[i] - most) / SAMPLE_HEAT);
        sum += p[i];
    }
    u *= sum;
    unsigned id = 0;
    while (id < MODEL_EOS && u >= p[id]) u -= p[id++];
    return id;
}

typedef struct sampling {
    const char *prompt;
    rng key;
    float logits[MODEL_VOCAB_MAX];
    char text[SAMPLE_BYTES];
    size_t bytes;
} sampling;

static axl_status generate(stepper *s, cache *c, sampling *a, axl_error *err) {
    uint16_t id = MODEL_BOS;
    for (size_t i = 0, prompt = strlen(a->prompt); a->bytes < SAMPLE_BYTES; i++) {
        const step_item item = {.ids = &id, .count = 1, .wanted = 1, .logits = a->logits};
        FORWARD(step_feed(s, c, &item, err));
        if (i < prompt) {
            id = (unsigned char)a->prompt[i];
            continue;
        }
        const unsigned next = draw(a->logits, (double)rng_uniform(a->key, i));
        if (next == MODEL_EOS) break;
        a->text[a->bytes++] = (char)next;
        id = (uint16_t)next;
    }
    return AXL_OK;
}

static axl_status make_sample(const run_spec *spec, const trainer *t, sampling *a, axl_error *err) {
    frozen f;
    stepper *s = NULL;
    cache c = {0};
    const step_machine machine = {.k = spec->machine.k,
                                  .p = spec->machine.p,
                                  .memory = spec->machine.memory,
                                  .limit = PLAN_NO_LIMIT};
    FORWARD(frozen_of_block(&f, t->table, &(frozen_source){t->w, t->w, DTYPE_F32}, err));
    axl_status status =
        step_create(&s, &f, &(step_spec){.sequences = 1, .bytes = 1}, &machine, err);
    if (status == AXL_OK)
        status = cache_create(&c, &t->table->config, f.start, machine.memory, err);
    if (status == AXL_OK) {
        status = generate(s, &c, a, err);
        cache_free(&c);
    }
    step_free(s);
    frozen_free(&f);
    return status;
}

axl_status run_sample(const run_spec *spec, const trainer *t, const checkpoint_progress *p,
                      train_log *log, axl_error *err) {
    // A stream of its own: samples change nothing in the run.
    sampling a = {.prompt = spec->prompt, .key = rng_key(p->seed, UINT64_MAX - p->step)};
    FORWARD(make_sample(spec, t, &a, err));
    const train_sample sample = {.step = p->step,
                                 .bytes = p->bytes,
                                 .prompt = {spec->prompt, strlen(spec->prompt)},
                                 .completion = {a.text, a.bytes}};
    if (spec->events.sample) spec->events.sample(spec->events.ctx, &sample);
    axl_error logging;
    if (train_log_sample(log, &sample, &logging) != AXL_OK && spec->events.note)
        spec->events.note(spec->events.ctx, logging.text);
    return AXL_OK;
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
