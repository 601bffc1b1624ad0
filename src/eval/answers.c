#include "eval/answers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/batch.h"
#include "infer/generation.h"
#include "infer/infill.h"
#include "model/cache.h"
#include "os/memory.h"

#include <string.h>

#define LANES ((size_t)16)              // answers at a time; more gain little
#define CACHES_MOST ((uint64_t)1 << 30) // what their sessions may take
#define ALL_REPEATS 1.0                 // no penalty for them

axl_status answers_check(const answers_spec *spec, axl_error *err) {
    const size_t vocab = spec->engine->model.table.config.vocab_size;
    RETURN_IF(problem_infills(spec->set->benchmark) && vocab < INFILL_VOCAB, err, AXL_UNSUPPORTED,
              "the model was not trained to fill in the middle");
    return AXL_OK;
}

size_t answers_prompt(const problem_set *set, size_t which) {
    char *const *part = set->list[which].part;
    const size_t marks = problem_infills(set->benchmark) ? INFILL_MARKS : 1;
    return marks + strlen(part[PROBLEM_PROMPT]) + strlen(part[PROBLEM_SUFFIX]);
}

bool answers_fit(const answers_spec *spec, size_t which) {
    const size_t context = spec->engine->model.table.config.max_seq_len;
    const size_t prompt = answers_prompt(spec->set, which);
    return prompt <= context && spec->room <= context - prompt;
}

// The caller frees it.
static uint16_t *symbols_of(const problem_set *set, size_t which, size_t count) {
    uint16_t *out = mem_alloc_array(count, sizeof *out);
    if (!out) return NULL;
    char *const *part = set->list[which].part;
    const infill in = {.prefix = (const uint8_t *)part[PROBLEM_PROMPT],
                       .suffix = (const uint8_t *)part[PROBLEM_SUFFIX],
                       .prefix_size = strlen(part[PROBLEM_PROMPT]),
                       .suffix_size = strlen(part[PROBLEM_SUFFIX])};
    if (problem_infills(set->benchmark)) {
        infill_write(&in, out);
    } else {
        out[0] = MODEL_BOS;
        for (size_t i = 0; i < in.prefix_size; i++) out[i + 1] = in.prefix[i];
    }
    return out;
}

// ---- one answer ----

typedef struct lane {
    session *s;
    generation g;
    size_t at; // in the list
    bool busy;
} lane;

typedef struct maker {
    const answers_spec *spec;
    trial *list; // [total]
    size_t total, next, done;
    lane lanes[LANES];
    size_t lane_count;
    batch *batch;
} maker;

// The next trial that fits, or the end.
static bool next_trial(maker *m, size_t *at) {
    for (; m->next < m->total; m->next++, m->done++) {
        if (!answers_fit(m->spec, m->list[m->next].problem)) continue;
        *at = m->next++;
        return true;
    }
    return false;
}

static axl_status begin(maker *m, lane *l, axl_error *err) {
    const answers_spec *spec = m->spec;
    const size_t which = m->list[l->at].problem;
    const size_t count = answers_prompt(spec->set, which);
    uint16_t *prompt = symbols_of(spec->set, which, count);
    if (!prompt) return error_no_memory(err, "a prompt", count * sizeof *prompt);
    const axl_status status = session_restart(l->s, prompt, count, NULL, err);
    mem_free(prompt);
    if (status != AXL_OK) return status;
    const size_t left = spec->engine->model.table.config.max_seq_len - count;
    const generation_options o = {.chooser = {.temperature = spec->temperature,
                                              .top_p = spec->top_p,
                                              .repeat = ALL_REPEATS,
                                              .key = rng_key(spec->seed, l->at)},
                                  .most_bytes = left < spec->max_bytes ? left : spec->max_bytes,
                                  .stop = spec->set->stop,
                                  .stop_count = spec->set->stop_count};
    FORWARD(generation_begin(&l->g, l->s, &o, err));
    l->busy = true;
    return AXL_OK;
}

// Text with a zero byte in it is no program; it ends there.
static axl_status finish(maker *m, lane *l, axl_error *err) {
    const axl_status status =
        trial_answer(&m->list[l->at], m->spec->set, buf_string(&l->g.text), err);
    generation_free(&l->g);
    l->busy = false;
    m->done++;
    return status;
}

// ---- all answers ----

static axl_status open_lanes(maker *m, axl_error *err) {
    const uint64_t each = cache_bytes(&m->spec->engine->model.table.config);
    uint64_t room = CACHES_MOST;
    const plan_memory *memory = &os_plan_memory;
    if (memory->available() / 2 < room) room = memory->available() / 2;
    const size_t fit = size_max((size_t)size_min(room / each, LANES), 1);
    m->lane_count = size_max(size_min(fit, m->total), 1);
    for (size_t i = 0; i < m->lane_count; i++)
        FORWARD(session_create(&m->lanes[i].s, m->spec->engine, err));
    return batch_create(&m->batch, m->spec->engine, m->lane_count, err);
}

static void close_lanes(maker *m) {
    for (size_t i = 0; i < m->lane_count; i++) {
        if (m->lanes[i].busy) generation_free(&m->lanes[i].g);
        session_free(m->lanes[i].s);
    }
    batch_free(m->batch);
}

static axl_status step(maker *m, bool *busy, axl_error *err) {
    session *list[LANES];
    size_t count = 0;
    *busy = false;
    for (size_t i = 0; i < m->lane_count; i++) {
        lane *l = &m->lanes[i];
        if (!l->busy && next_trial(m, &l->at)) FORWARD(begin(m, l, err));
        if (!l->busy) continue;
        *busy = true;
        FORWARD(generation_take(&l->g, err));
        if (l->g.end)
            FORWARD(finish(m, l, err));
        else
            list[count++] = l->s;
    }
    return count ? batch_run(m->batch, list, count, err) : AXL_OK;
}

static axl_status run(maker *m, axl_error *err) {
    FORWARD(open_lanes(m, err));
    for (bool busy = true; busy;) {
        const answers_spec *spec = m->spec;
        RETURN_IF(spec->progress && spec->progress(spec->progress_ctx, m->done, m->total) != 0, err,
                  AXL_INTERRUPTED, "interrupted");
        FORWARD(step(m, &busy, err));
    }
    return engine_intact(m->spec->engine, err);
}

axl_status answers_make(trial *list, size_t count, const answers_spec *spec, axl_error *err) {
    FORWARD(answers_check(spec, err));
    maker m = {.spec = spec, .list = list, .total = count};
    const axl_status status = run(&m, err);
    close_lanes(&m);
    return status;
}
