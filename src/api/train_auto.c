#include "api/train_auto.h"

#include "api/train_plan.h"
#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"
#include "os/memory.h"
#include "store/model_config_json.h"
#include "store/model_dir.h"
#include "store/path_join.h"

#include <math.h>

// Seconds to measure one candidate, and candidates at most: the share of the peak that the second
// one is proposed with was measured on the first.
#define CANDIDATE_SECONDS 0.5
#define CANDIDATES_MOST 3

// The estimate of footprint.h is this near to the plan, which says what really fits.
#define MEMORY_STEP 0.97
#define MEMORY_STEPS 100

sizing_budget train_auto_budget(const train_setup *s, double peak) {
    const train_settings *t = &s->settings;
    const size_t length = train_settings_length(t, &s->config);
    const growth grows = growth_of(t, &s->config);
    sizing_budget b = {.peak = peak,
                       .text = (double)corpus_summarize(s->corpus)->set[CORPUS_TRAIN].bytes,
                       .memory = (double)os_memory_available(),
                       .batch = (size_t)t->batch,
                       .length = length};
    if (s->options->max_ram) b.memory = (double)s->options->max_ram;
    if (t->steps > 0)
        b.bytes = t->steps * growth_mean_step(&grows, true);
    else if (t->bytes > 0)
        b.bytes = t->bytes;
    else
        b.seconds = 60 * t->minutes;
    return b;
}

// The fields that are chosen.
static const char *const chosen[] = {"d_model", "n_heads", "d_ff", "n_layers_per_scale"};
#define CHOSEN (sizeof chosen / sizeof *chosen)

axl_status train_auto_check(const train_setup *s, axl_error *err) {
    const train_settings *t = &s->settings;
    for (size_t i = 0; i < CHOSEN; i++)
        RETURN_IF(config_get(&s->config, config_field_find(chosen[i])) != 0, err, AXL_BAD_ARGUMENT,
                  "%s is given, and preset auto chooses it", chosen[i]);
    RETURN_IF(!(t->steps > 0 || t->bytes > 0 || t->minutes > 0), err, AXL_BAD_ARGUMENT,
              "preset auto chooses the size for the time: give minutes, steps or bytes");
    const sizing_budget least = {.bytes = 1, .memory = INFINITY, .batch = 1};
    model_config c;
    (void)sizing_propose(&least, &s->config, &c);
    return config_check(&c, err);
}

// ---- a run that is there ----

// The shape of the model in the folder. False where there is none that can be read: then the run
// cannot go on either, and says why.
static bool take_stored(train_setup *s) {
    model_config was;
    buf path = {0}, text = {0};
    void *data = NULL;
    bool there =
        path_join(&path, s->options->out, MODEL_DIR_CONFIG, NULL) == AXL_OK &&
        os_file_read(buf_string(&path), MODEL_CONFIG_JSON_MAX, &data, &text.size, NULL) == AXL_OK;
    text.data = data;
    there = there && model_config_parse(&was, buf_string(&path), &text, NULL) == AXL_OK;
    for (size_t i = 0; there && i < CHOSEN; i++) {
        const config_field *f = config_field_find(chosen[i]);
        there = config_set(&s->config, f, config_get(&was, f), NULL) == AXL_OK;
    }
    mem_free(data);
    buf_free(&path);
    return there;
}

// ---- speed ----

static speed_spec spec_of(const train_setup *s, double seconds) {
    return (speed_spec){.config = s->config,
                        .settings = s->settings,
                        .machine = train_plan_machine(s),
                        .seconds = seconds};
}

void train_auto_measure(train_setup *s, double seconds) {
    const speed_spec spec = spec_of(s, seconds);
    if (s->options->quick || speed_measure(&spec, &s->speed, NULL) != AXL_OK)
        s->speed = speed_assumed(&spec);
}

// ---- the choice ----

// The proposal whose plan fits the memory.
static axl_status propose(train_setup *s, sizing_budget *budget, model_config *out,
                          axl_error *err) {
    const model_config base = s->config;
    const double memory = budget->memory;
    for (int i = 0; i < MEMORY_STEPS; i++) {
        uint64_t needed;
        const bool fits = sizing_propose(budget, &base, out);
        s->config = *out;
        const axl_status status = train_plan_memory(s, &needed, err);
        s->config = base;
        FORWARD(status);
        if (fits && (double)needed <= memory) return AXL_OK;
        RETURN_IF(!fits, err, AXL_TOO_LARGE,
                  "training the smallest model needs %llu bytes of memory, there are %.0f",
                  (unsigned long long)needed, memory);
        budget->memory *= MEMORY_STEP;
    }
    return error_set(err, AXL_INTERNAL, "no size fits %.0f bytes of memory", memory);
}

// From candidate to candidate, until the measured speed proposes the same one again.
static axl_status choose_measured(train_setup *s, axl_error *err) {
    const model_config base = s->config;
    speed_spec spec = spec_of(s, CANDIDATE_SECONDS);
    double peak = speed_assumed(&spec).peak;
    for (int i = 0; i <= CANDIDATES_MOST; i++) {
        model_config c;
        s->config = base;
        sizing_budget budget = train_auto_budget(s, peak);
        const axl_status status = propose(s, &budget, &c, err);
        const bool same = i > 0 && c.d_model == spec.config.d_model;
        FORWARD(status);
        spec.config = s->config = c;
        if (same) return AXL_OK;
        if (i == CANDIDATES_MOST) // two that propose each other: the last one, by arithmetic
            s->speed = speed_of_other(&s->speed, &spec);
        else
            train_auto_measure(s, CANDIDATE_SECONDS);
        peak = s->speed.peak;
    }
    return AXL_OK;
}

axl_status train_auto_choose(train_setup *s, axl_error *err) {
    if (s->options->resume && take_stored(s)) return config_check(&s->config, err);
    sizing_budget budget = train_auto_budget(s, 0);
    if (budget.seconds > 0) {
        FORWARD(choose_measured(s, err));
    } else {
        model_config c;
        FORWARD(propose(s, &budget, &c, err));
        s->config = c;
    }
    return config_check(&s->config, err);
}
