#include "train/run_sample.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/sizes.h"
#include "base/utf8.h"
#include "data/fim.h"
#include "model/step.h"

#include <math.h>
#include <string.h>

#define SAMPLE_BYTES 200
#define SAMPLE_HEAT 0.8   // temperature
#define FEED ((size_t)64) // symbols of the prompt that go through the model together

// ---- the prompt ----

// A prompt as its sides: without a hole there is no suffix. Owns the copy of the first.
typedef struct sides {
    char *prefix; // with a terminator, as listeners expect
    const char *suffix;
} sides;

static const char *find_hole(const char *prompt) {
    return strstr(prompt, RUN_HOLE);
}

axl_status run_sample_check(const run_spec *spec, axl_error *err) {
    const bool hole = spec->prompt && find_hole(spec->prompt);
    RETURN_IF(hole && spec->config.vocab_size < FIM_VOCAB, err, AXL_BAD_ARGUMENT,
              "the prompt has a hole (" RUN_HOLE
              "), and the model has %zu symbols: set vocab_size "
              "to %d",
              spec->config.vocab_size, FIM_VOCAB);
    return AXL_OK;
}

static axl_status split(sides *out, const char *prompt, axl_error *err) {
    const char *hole = find_hole(prompt);
    const size_t bytes = hole ? (size_t)(hole - prompt) : strlen(prompt);
    *out = (sides){.suffix = hole ? hole + strlen(RUN_HOLE) : NULL};
    out->prefix = mem_alloc(bytes + 1);
    if (!out->prefix) return error_no_memory(err, "a prompt", bytes + 1);
    memcpy(out->prefix, prompt, bytes);
    out->prefix[bytes] = '\0';
    return AXL_OK;
}

// Symbols to feed, as training orders them (data/fim.h).
typedef struct symbols {
    uint16_t *id; // owned
    size_t count;
} symbols;

static void put_text(symbols *s, const char *text) {
    for (; *text; text++) s->id[s->count++] = (unsigned char)*text;
}

static axl_status make_symbols(symbols *out, const sides *p, axl_error *err) {
    const size_t most = strlen(p->prefix) + (p->suffix ? strlen(p->suffix) : 0) + FIM_EXTRA;
    *out = (symbols){.id = mem_alloc_array(most, sizeof *out->id)};
    if (!out->id) return error_no_memory(err, "a prompt", most * sizeof *out->id);
    out->id[out->count++] = MODEL_BOS;
    if (p->suffix) out->id[out->count++] = FIM_PREFIX;
    put_text(out, p->prefix);
    if (!p->suffix) return AXL_OK;
    out->id[out->count++] = FIM_SUFFIX;
    put_text(out, p->suffix);
    out->id[out->count++] = FIM_MIDDLE;
    return AXL_OK;
}

// ---- the completion ----

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
    symbols prompt;
    rng key;
    float logits[MODEL_VOCAB_MAX];
    char text[SAMPLE_BYTES];
    size_t bytes;
} sampling;

static axl_status generate(stepper *s, cache *c, sampling *a, axl_error *err) {
    uint16_t id;
    step_item item = {
        .ids = a->prompt.id, .count = a->prompt.count, .wanted = 1, .logits = a->logits};
    while (a->bytes < SAMPLE_BYTES) {
        FORWARD(step_feed(s, c, &item, err));
        const unsigned next = draw(a->logits, (double)rng_uniform(a->key, a->bytes));
        if (next == MODEL_EOS) break;
        a->text[a->bytes++] = (char)next;
        id = (uint16_t)next;
        item.ids = &id;
        item.count = 1;
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
    const step_spec with = {.sequences = 1, .bytes = size_min(FEED, a->prompt.count)};
    FORWARD(frozen_of_block(&f, t->table, &(frozen_source){t->w, t->w, DTYPE_F32}, err));
    axl_status status = step_create(&s, &f, &with, &machine, err);
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

// The text as whole characters: one that the limit cut is left out.
static axl_status repair(buf *out, const sampling *a, axl_error *err) {
    utf8_decoder d = {0};
    size_t bytes = a->bytes;
    if (bytes == SAMPLE_BYTES) bytes -= utf8_partial_tail(a->text, bytes);
    const bool whole = utf8_repair(&d, a->text, bytes, out) && utf8_repair_end(&d, out);
    return whole ? AXL_OK : error_no_memory(err, "a sample", bytes);
}

static axl_status complete(const run_spec *spec, const trainer *t, sampling *a, buf *text,
                           axl_error *err) {
    FORWARD(make_sample(spec, t, a, err));
    return repair(text, a, err);
}

axl_status run_sample(const run_spec *spec, const trainer *t, const checkpoint_progress *p,
                      train_log *log, axl_error *err) {
    // A stream of its own: samples change nothing in the run.
    sampling a = {.key = rng_key(p->seed, UINT64_MAX - p->step)};
    sides prompt = {0};
    buf text = {0};
    axl_status status = split(&prompt, spec->prompt, err);
    if (status == AXL_OK) status = make_symbols(&a.prompt, &prompt, err);
    if (status == AXL_OK) status = complete(spec, t, &a, &text, err);
    if (status == AXL_OK) {
        train_sample sample = {.step = p->step,
                               .bytes = p->bytes,
                               .prompt = {prompt.prefix, strlen(prompt.prefix)},
                               .completion = {buf_string(&text), text.size}};
        if (prompt.suffix) sample.suffix = (train_text){prompt.suffix, strlen(prompt.suffix)};
        if (spec->events.sample) spec->events.sample(spec->events.ctx, &sample);
        status = train_log_sample(log, &sample, err);
    }
    buf_free(&text);
    mem_free(a.prompt.id);
    mem_free(prompt.prefix);
    return status;
}
