#include "train/speed.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/sizes.h"
#include "model/flops.h"
#include "model/sizing.h"
#include "os/clock.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

// Operations a second of one thread of a processor of these years with 256-bit vectors, where
// nothing was measured.
#define ASSUMED_PEAK 5e10

#define STEPS_MOST ((size_t)64)
#define STEP_SECONDS 0.25    // larger batches are measured in part
#define SEQUENCE_SECONDS 1.0 // a model that takes longer for one sequence is not measured itself

// Width and blocks of what is measured in its place.
#define STAND_IN_WIDTH ((size_t)256)
#define STAND_IN_HEADS ((size_t)8)
#define STAND_IN_BLOCKS ((size_t)3)

#define PROBE_ROUNDS ((size_t)200000) // some 10 ms of one thread

static size_t length_of(const speed_spec *s) {
    return train_settings_length(&s->settings, &s->config);
}

static double operations_each(const speed_spec *s) {
    const size_t length = length_of(s);
    return FLOPS_EACH * flops_train(&s->config, length) / (double)length;
}

static speed speed_of_peak(const speed_spec *s, double peak, speed_source source) {
    return (speed){.bytes_per_s = peak * sizing_share(&s->config) / operations_each(s),
                   .peak = peak,
                   .source = source};
}

speed speed_assumed(const speed_spec *s) {
    const double threads = s->machine.p ? (double)pool_threads(s->machine.p) : 1;
    return speed_of_peak(s, threads * ASSUMED_PEAK, SPEED_ASSUMED);
}

speed speed_of_other(const speed *measured, const speed_spec *other) {
    const speed_source source =
        measured->source == SPEED_MEASURED ? SPEED_STAND_IN : measured->source;
    return speed_of_peak(other, measured->peak, source);
}

// ---- measuring ----

static double seconds_now(void) {
    return (double)os_clock_ns() * 1e-9;
}

// About what the processor does in a second, to decide how much can be measured in the time.
static double probe(const pass_machine *m, dtype type) {
    peak_rate_fn *fn = type == DTYPE_BF16 ? m->k->peak->bf16 : m->k->peak->f32;
    float sink;
    const double begin = seconds_now();
    const double operations = fn(PROBE_ROUNDS, &sink);
    const double seconds = seconds_now() - begin;
    const double threads = m->p ? (double)pool_threads(m->p) : 1;
    return seconds > 0 ? threads * operations / seconds : threads * ASSUMED_PEAK;
}

typedef struct measurement {
    trainer t;
    uint16_t *ids, *target;                      // [batch, length]; target lies behind ids; owned
    double pass[STEPS_MOST], update[STEPS_MOST]; // seconds
    size_t steps;
} measurement;

// One step, its two parts timed. The rate is 0, so that random bytes teach nothing.
static axl_status run_step(measurement *m, axl_error *err) {
    trainer *t = &m->t;
    const weights w = {.table = t->table, .w = t->w, .g = t->g};
    const pass_batch batch = {.ids = m->ids,
                              .target = m->target,
                              .weight = 1 / (float)(t->batch * t->length),
                              .step = optimizer_steps(t->optimizer)};
    pass_losses losses;
    double norm;
    const double begin = seconds_now();
    FORWARD(pass_gradient(t->pass, &w, &batch, &losses, err));
    const double middle = seconds_now();
    FORWARD(pass_finish(t->pass, &w, err));
    FORWARD(optimizer_norm(t->optimizer, &t->ex, &norm, err));
    RETURN_IF(!isfinite(norm), err, AXL_NUMERIC, "the gradient of random bytes is not finite");
    FORWARD(optimizer_step(t->optimizer, &t->ex, 0, norm, err));
    FORWARD(pass_zero(t->pass, &w, err));
    m->pass[m->steps] = middle - begin;
    m->update[m->steps] = seconds_now() - middle;
    return AXL_OK;
}

static double median(double *x, size_t n) {
    for (size_t i = 1; i < n; i++) // few: in place
        for (size_t j = i; j > 0 && x[j] < x[j - 1]; j--) {
            const double swap = x[j];
            x[j] = x[j - 1];
            x[j - 1] = swap;
        }
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

// The first step only warms up.
static axl_status run_steps(measurement *m, double seconds, axl_error *err) {
    FORWARD(run_step(m, err));
    const double begin = seconds_now();
    do {
        FORWARD(run_step(m, err));
        m->steps++;
    } while (m->steps < STEPS_MOST && seconds_now() - begin < seconds);
    return AXL_OK;
}

static axl_status make_ids(measurement *m, axl_error *err) {
    const size_t rows = m->t.batch * m->t.length;
    m->ids = mem_alloc_array(2 * rows, sizeof *m->ids);
    if (!m->ids) return error_no_memory(err, "random bytes", 2 * rows * sizeof *m->ids);
    m->target = m->ids + rows;
    for (size_t i = 0; i < 2 * rows; i++) m->ids[i] = (uint16_t)rng_below(rng_key(1, 1), i, 256);
    return AXL_OK;
}

// Seconds of a whole step of spec, of which `batch` sequences are run.
static axl_status measure(const speed_spec *spec, size_t batch, double *out, axl_error *err) {
    param_table table;
    measurement m = {.steps = 0};
    speed_spec part = *spec;
    part.settings.batch = (double)batch;
    part.settings.grow = 0; // whole sequences: short ones are a little faster a byte
    FORWARD(params_build(&table, &spec->config, err));
    axl_status status = trainer_create(&m.t, &table, &part.settings, &spec->machine, err);
    if (status == AXL_OK) status = make_ids(&m, err);
    if (status == AXL_OK) status = run_steps(&m, spec->seconds, err);
    if (status == AXL_OK) {
        const double parts = spec->settings.batch / (double)batch;
        *out = parts * median(m.pass, m.steps) + median(m.update, m.steps);
    }
    mem_free(m.ids);
    trainer_free(&m.t);
    params_free(&table);
    return status;
}

static speed_spec stand_in_of(const speed_spec *spec) {
    speed_spec s = *spec;
    s.config.d_model = STAND_IN_WIDTH;
    s.config.n_heads = STAND_IN_HEADS;
    s.config.d_ff = size_max(1, spec->config.d_ff * STAND_IN_WIDTH / spec->config.d_model);
    s.config.n_layers = STAND_IN_BLOCKS;
    return s;
}

axl_status speed_measure(const speed_spec *spec, speed *out, axl_error *err) {
    const dtype type = spec->settings.dtype > 0 ? DTYPE_BF16 : DTYPE_F32;
    const speed guess = speed_of_peak(spec, probe(&spec->machine, type), SPEED_ASSUMED);
    const double sequence = (double)length_of(spec) / guess.bytes_per_s;
    if (sequence > SEQUENCE_SECONDS && spec->config.d_model > STAND_IN_WIDTH) {
        const speed_spec other = stand_in_of(spec);
        speed found;
        FORWARD(speed_measure(&other, &found, err));
        *out = speed_of_other(&found, spec);
        return AXL_OK;
    }
    const double most = fmax(1, floor(STEP_SECONDS / sequence));
    const size_t batch = size_min((size_t)spec->settings.batch, (size_t)most);
    double seconds = 0;
    FORWARD(measure(spec, batch, &seconds, err));
    RETURN_IF(!(seconds > 0), err, AXL_INTERNAL, "the clock stands still");
    const double bytes = spec->settings.batch * (double)length_of(spec);
    *out = (speed){.bytes_per_s = bytes / seconds, .source = SPEED_MEASURED};
    out->peak = out->bytes_per_s * operations_each(spec) / sizing_share(&spec->config);
    return AXL_OK;
}
