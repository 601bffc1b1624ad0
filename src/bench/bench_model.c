#include "bench/bench_model.h"

#include "base/error.h"
#include "base/rng.h"
#include "base/strings.h"
#include "bench/bench_measure.h"
#include "bench/bench_probe.h"
#include "model/presets.h"
#include "os/clock.h"
#include "os/memory.h"

#include <stdio.h>

#define STANDARD_BATCH 16
#define STANDARD_SECONDS 10.0
#define QUICK_SECONDS 0.1

static double seconds_now(void) {
    return (double)os_clock_ns() * 1e-9;
}

static axl_status unknown_field(const char *name, axl_error *err) {
    const char *names[CONFIG_FIELDS];
    for (size_t i = 0; i < CONFIG_FIELDS; i++) names[i] = config_fields[i].name;
    const size_t near = string_nearest(name, names, CONFIG_FIELDS);
    RETURN_IF(near != SIZE_MAX, err, AXL_BAD_ARGUMENT,
              "a model has no field '%s'; did you mean '%s'?", name, names[near]);
    return error_set(err, AXL_BAD_ARGUMENT, "a model has no field '%s'", name);
}

static axl_status change(model_config *c, const char *pair, axl_error *err) {
    char name[64];
    const char *value = string_pair(pair, name, sizeof name);
    RETURN_IF(!value, err, AXL_BAD_ARGUMENT, "'%s' is no FIELD=VALUE", pair);
    const config_field *f = config_field_find(name);
    return f ? config_set_text(c, f, value, err) : unknown_field(name, err);
}

static axl_status configure(bench_model *m, model_config *c, axl_error *err) {
    const axl_bench_model_options *o = m->options;
    const char *near, *name = o->preset ? o->preset : "micro-lion";
    const model_preset *p = presets_find(name, &near);
    RETURN_IF(!p, err, AXL_NOT_FOUND, "no preset '%s'%s%s%s", name, near ? "; did you mean '" : "",
              near ? near : "", near ? "'?" : "");
    *c = presets_config(p);
    for (size_t i = 0; i < o->set_count; i++) FORWARD(change(c, o->set[i], err));
    if (o->length > c->max_seq_len) // a longer context costs no parameters
        FORWARD(config_set(c, config_field_find("max_seq_len"),
                           (double)((o->length + MODEL_GROUP - 1) / MODEL_GROUP * MODEL_GROUP),
                           err));
    m->optimizer = p->optimizer;
    snprintf(m->out->preset, sizeof m->out->preset, "%s%s", p->name,
             o->set_count > 0 ? " changed" : "");
    return AXL_OK;
}

axl_status bench_model_make(bench_model *m, bench_run *run, const axl_bench_model_options *options,
                            axl_bench_model_result *out, axl_error *err) {
    *m = (bench_model){.run = run, .options = options, .out = out, .type = DTYPE_F32};
    if (options->dtype) m->recipe = quant_recipe_find(options->dtype, NULL);
    if (options->dtype && !m->recipe) m->type = dtype_by_name(options->dtype);
    RETURN_IF(m->type != DTYPE_F32 && m->type != DTYPE_BF16, err, AXL_BAD_ARGUMENT,
              "dtype is '%s', must be f32 or bf16, or a type of axl quantize", options->dtype);
    model_config c;
    FORWARD(configure(m, &c, err));
    FORWARD(params_build(&m->table, &c, err));
    m->seconds = options->seconds > 0 ? options->seconds : STANDARD_SECONDS;
    if (options->common.quick) m->seconds = QUICK_SECONDS;
    out->dtype = m->recipe ? m->recipe->name : dtype_of(m->type)->name;
    out->params = m->table.parameters;
    out->batch = options->batch ? options->batch : STANDARD_BATCH;
    out->length = options->length ? options->length : c.max_seq_len;
    out->streams = options->streams ? options->streams : 1;
    const size_t bytes = m->table.numbers * sizeof *m->w;
    FORWARD(bench_check_memory(bytes, err));
    m->w = os_block_alloc(bytes);
    if (!m->w) return error_no_memory(err, "the weights", bytes);
    params_init(&m->table, 1, m->w);
    return AXL_OK;
}

void bench_model_free(bench_model *m) {
    os_block_free(m->w);
    params_free(&m->table);
}

void bench_model_ids(uint16_t *out, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) out[i] = (uint16_t)rng_below(rng_key(seed, 1), i, 256);
}

axl_status bench_model_measure(bench_model *m, const bench_model_rounds *r, double operations,
                               axl_error *err) {
    double rates[BENCH_MODEL_ROUNDS], peaks[BENCH_MODEL_ROUNDS], shares[BENCH_MODEL_ROUNDS];
    bench_probe probe;
    bench_probe_init(&probe, r->probe, m->options->common.quick ? 0.0005 : 0.01);
    m->run->total = 1;
    m->run->done = 0;
    FORWARD(bench_step(m->run, r->what, err));
    FORWARD(r->fn(r->ctx, err)); // warms up
    const double begin = seconds_now();
    size_t n = 0;
    while (n < BENCH_MODEL_ROUNDS && (n < 3 || seconds_now() - begin < m->seconds)) {
        m->run->done = 0;
        FORWARD(bench_step(m->run, r->what, err));
        const double before = bench_probe_rate(&probe, m->run->pool);
        const double start = seconds_now();
        FORWARD(r->fn(r->ctx, err));
        rates[n] = r->bytes / (seconds_now() - start);
        peaks[n] = (before + bench_probe_rate(&probe, m->run->pool)) / 2;
        shares[n] = rates[n] * operations * 1e-9 / peaks[n];
        n++;
    }
    m->out->bytes_per_s = bench_rate_of(rates, n);
    m->out->repetitions = n;
    m->out->peak = bench_median(peaks, n);
    m->out->share = bench_median(shares, n);
    m->out->gflops = m->out->bytes_per_s.median * operations * 1e-9;
    m->out->rss_mib = (double)os_memory_peak_rss() / 1048576;
    return AXL_OK;
}
