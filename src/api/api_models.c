#include <axl/cpu.h>
#include <axl/models.h>

#include "base/error.h"
#include "base/strings.h"
#include "model/flops.h"
#include "model/footprint.h"
#include "model/presets.h"
#include "model/sizing.h"
#include "os/memory.h"
#include "os/tree.h"

#include <math.h>

_Static_assert(AXL_MODEL_BATCH == FOOTPRINT_BATCH, "models.h and footprint.h differ");
_Static_assert(MODEL_PRESETS <= AXL_SUGGEST_ROWS_MAX, "axl_suggest_result has no room for all");

#define MINUTES_STANDARD 10.0

// A size for people: estimates below 2^64 only.
static uint64_t whole(double bytes) {
    return bytes < 1.8e19 ? (uint64_t)bytes : UINT64_MAX;
}

// All of *out that a configuration and an optimizer decide.
static void describe(const model_config *c, const char *optimizer, axl_model_preset *out) {
    const double length = (double)c->max_seq_len;
    out->optimizer = optimizer;
    out->params = config_parameters(c);
    out->vocab_size = c->vocab_size;
    out->d_model = c->d_model;
    out->n_heads = c->n_heads;
    out->d_ff = c->d_ff;
    out->n_layers_per_scale = c->n_layers;
    out->n_cross_attn_layers = c->n_cross;
    out->max_seq_len = c->max_seq_len;
    out->dropout = c->dropout;
    out->train_bytes = whole(footprint_train(c, FOOTPRINT_BATCH, footprint_moments(optimizer)));
    out->run_bytes = whole(footprint_run(c));
    out->train_flops = FLOPS_EACH * flops_train(c, c->max_seq_len) / length;
    out->run_flops = FLOPS_EACH * flops_forward(c, c->max_seq_len, false) / length;
}

static void fill(const model_preset *p, axl_model_preset *out) {
    const model_config c = presets_config(p);
    *out = (axl_model_preset){.name = p->name,
                              .title = p->title,
                              .task = p->task,
                              .use = p->use,
                              .note = p->note,
                              .pairs = p->pairs,
                              .minutes = p->minutes,
                              .published_params = p->published_params};
    describe(&c, p->optimizer, out);
}

size_t axl_model_preset_count(void) {
    return MODEL_PRESETS;
}

axl_status axl_model_preset_at(size_t index, axl_model_preset *out, axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_model_preset_at: out is NULL");
    RETURN_IF(index >= MODEL_PRESETS, err, AXL_NOT_FOUND, "there is no preset %zu, only %d", index,
              MODEL_PRESETS);
    fill(&model_presets[index], out);
    return AXL_OK;
}

axl_status axl_model_preset_find(const char *name, axl_model_preset *out, axl_error *err) {
    RETURN_IF(!name || !out, err, AXL_BAD_ARGUMENT, "axl_model_preset_find: an argument is NULL");
    const char *near;
    const model_preset *p = presets_find(name, &near);
    RETURN_IF(!p && near, err, AXL_NOT_FOUND, "unknown model '%s', did you mean '%s'?", name, near);
    RETURN_IF(!p, err, AXL_NOT_FOUND, "unknown model '%s'", name);
    fill(p, out);
    return AXL_OK;
}

// Of the measured rates the largest is taken: what else runs during the measurement makes the
// others smaller.
static sizing_budget budget_of(const axl_suggest_result *r) {
    return (sizing_budget){.seconds = 60 * r->minutes,
                           .peak = r->peak.max * 1e9,
                           .text = (double)r->data_bytes,
                           .memory = (double)r->memory_bytes,
                           .batch = FOOTPRINT_BATCH};
}

// The rest of a row whose model is filled in; c is its configuration.
static void estimate(const axl_suggest_result *r, const model_config *c, axl_suggest_row *row) {
    const sizing_budget budget = budget_of(r);
    row->fits = row->model.train_bytes <= r->memory_bytes;
    row->share = sizing_share(c);
    row->bytes = sizing_seen(&budget, c);
    row->passes = r->data_bytes ? row->bytes / (double)r->data_bytes : 0;
    row->balance = sizing_balance(c);
    row->minutes = r->minutes * row->balance / row->bytes;
}

static axl_status propose(axl_suggest_result *r, axl_error *err) {
    sizing_budget budget = budget_of(r);
    model_config base = config_defaults(), c;
    base.rope_theta = SIZING_ROPE_THETA;
    base.max_seq_len = SIZING_CONTEXT;
    budget.batch = SIZING_BATCH;
    const bool fits = sizing_propose(&budget, &base, &c);
    r->sized.model = (axl_model_preset){.name = "auto",
                                        .title = "",
                                        .task = "",
                                        .use = "the size that suits the time and the memory",
                                        .note = ""};
    describe(&c, SIZING_OPTIMIZER, &r->sized.model);
    r->sized.model.train_bytes =
        whole(footprint_train(&c, SIZING_BATCH, footprint_moments(SIZING_OPTIMIZER)));
    estimate(r, &c, &r->sized);
    if (fits) return AXL_OK;
    char need[STRING_SIZE_MAX], have[STRING_SIZE_MAX];
    return error_set(
        err, AXL_NO_MEMORY, "training the smallest model needs %s of memory, this is %s",
        string_size(need, r->sized.model.train_bytes), string_size(have, r->memory_bytes));
}

static axl_status count_data(const char *path, axl_suggest_result *r, axl_error *err) {
    if (!path) return AXL_OK;
    os_tree_size size;
    FORWARD(os_tree_count(path, &size, err));
    RETURN_IF(size.bytes == 0, err, AXL_BAD_FILE, "there is nothing in %s", path);
    r->data_files = size.files;
    r->data_bytes = size.bytes;
    return AXL_OK;
}

axl_status axl_suggest(const axl_suggest_options *options, axl_suggest_result *out,
                       axl_error *err) {
    static const axl_suggest_options defaults;
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_suggest: out is NULL");
    if (!options) options = &defaults;
    RETURN_IF(!(options->minutes >= 0 && isfinite(options->minutes)), err, AXL_BAD_ARGUMENT,
              "%g minutes are no time to train", options->minutes);
    *out = (axl_suggest_result){.memory_bytes = options->memory_bytes,
                                .minutes = options->minutes,
                                .row_count = MODEL_PRESETS};
    if (out->memory_bytes == 0) out->memory_bytes = os_memory_available();
    if (out->minutes == 0) out->minutes = MINUTES_STANDARD;
    FORWARD(count_data(options->data, out, err));
    axl_bench_f32_result peak;
    FORWARD(axl_bench_peak_f32(&options->bench, &peak, err));
    out->level = peak.level;
    out->threads = peak.threads;
    out->peak = peak.all;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const model_config c = presets_config(&model_presets[i]);
        fill(&model_presets[i], &out->rows[i].model);
        estimate(out, &c, &out->rows[i]);
    }
    return propose(out, err);
}
