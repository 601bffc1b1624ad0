#include "train/lr_search.h"

#include "base/error.h"
#include "data/batches.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

// The standard range: so many times below and above the standard rate.
#define RANGE_BELOW 1000.0
#define RANGE_ABOVE 100.0

// What the loss must fall before a lowest point means anything.
#define LEAST_FALL 0.25

static double steps_back(const lr_search_result *r) {
    return fmax(1, LR_SEARCH_LOOK_BACK * (double)r->planned);
}

// The mean of the steps so far, later ones counting more: that many steps ago, 1 / e.
static double smooth_at(const lr_search_result *r, size_t row) {
    const double fade = exp(-1 / steps_back(r));
    double sum = 0, shares = 0, share = 1;
    for (size_t i = row + 1; i-- > 0; share *= fade) {
        sum += share * r->row[i].bits;
        shares += share;
    }
    return sum / shares;
}

// Bits above the lowest; 0 before any.
static double rise_at(const lr_search_result *r, size_t row) {
    return r->row[row].smooth - r->row[r->lowest].smooth;
}

static void add_row(lr_search_result *r, double rate, double bits) {
    const size_t row = r->count++;
    r->row[row] = (lr_search_row){.rate = rate, .bits = bits};
    r->row[row].smooth = smooth_at(r, row);
    if (row == 0 || r->row[row].smooth < r->row[r->lowest].smooth) r->lowest = row;
}

static void conclude(lr_search_result *r) {
    r->proposed = 0;
    if (r->count == 0) return;
    const double fall = r->row[0].smooth - r->row[r->lowest].smooth;
    const bool turned = r->diverged || r->lowest + 1 < r->count;
    if (fall >= LEAST_FALL && turned) r->proposed = r->row[r->lowest].rate / LR_SEARCH_BELOW;
}

void lr_search_propose(lr_search_result *r) {
    const size_t count = r->count;
    r->count = r->lowest = 0;
    for (size_t i = 0; i < count; i++) add_row(r, r->row[i].rate, r->row[i].bits);
    conclude(r);
}

// ---- the steps ----

typedef struct search {
    const lr_search_spec *spec;
    lr_search_result *out;
    trainer t;
    batches *b;
    double from, factor; // of the next rate
} search;

static axl_status one_step(search *s, size_t step, axl_error *err) {
    batch b;
    trainer_result result;
    s->t.rate = s->from * pow(s->factor, (double)step);
    FORWARD(batches_next(s->b, &b, err));
    const trainer_batch given = {.ids = b.ids, .target = b.target, .fraction = 0};
    FORWARD(trainer_step(&s->t, &given, &result, err));
    s->out->diverged = result.skipped;
    if (result.skipped || result.counted == 0) return AXL_OK;
    add_row(s->out, s->t.rate, result.bits);
    s->out->diverged = rise_at(s->out, s->out->count - 1) > LR_SEARCH_RISE;
    return AXL_OK;
}

static axl_status run_steps(search *s, axl_error *err) {
    const lr_search_spec *spec = s->spec;
    for (size_t i = 0; i < spec->steps && !s->out->diverged; i++) {
        RETURN_IF(spec->stop && spec->stop(spec->ctx, i), err, AXL_INTERRUPTED, "stopped");
        FORWARD(one_step(s, i, err));
    }
    conclude(s->out);
    return AXL_OK;
}

// The settings with a rate that nothing but the search changes.
static train_settings plain(const lr_search_spec *spec) {
    train_settings t = spec->settings;
    t.grow = 0;
    t.schedule = SCHEDULE_CONSTANT;
    t.warmup = t.cooldown = t.rate = 0;
    return t;
}

static axl_status begin(search *s, const param_table *table, axl_error *err) {
    const lr_search_spec *spec = s->spec;
    const train_settings settings = plain(spec);
    FORWARD(trainer_create(&s->t, table, &settings, &spec->machine, err));
    s->out->standard = s->t.rate;
    s->from = spec->from > 0 ? spec->from : s->t.rate / RANGE_BELOW;
    const double to = spec->to > 0 ? spec->to : s->t.rate * RANGE_ABOVE;
    RETURN_IF(!(to > s->from), err, AXL_BAD_ARGUMENT,
              "the rate rises: %g is not below the last one, %g", s->from, to);
    s->factor = pow(to / s->from, 1 / (double)(spec->steps - 1));
    const batches_options next = {.sampler = {.length = s->t.length,
                                              .seed = (uint64_t)settings.seed,
                                              .fim_rate = settings.fim_rate},
                                  .batch = s->t.batch};
    return batches_open(&s->b, spec->corpus, &next, err);
}

axl_status lr_search_run(const lr_search_spec *spec, lr_search_result *out, axl_error *err) {
    param_table table;
    search s = {.spec = spec, .out = out};
    memset(out, 0, sizeof *out);
    out->planned = spec->steps;
    RETURN_IF(spec->steps < 2 || spec->steps > LR_SEARCH_STEPS_MOST, err, AXL_BAD_ARGUMENT,
              "%zu steps, must be 2 to %zu", spec->steps, LR_SEARCH_STEPS_MOST);
    FORWARD(params_build(&table, &spec->config, err));
    axl_status status = begin(&s, &table, err);
    if (status == AXL_OK) status = run_steps(&s, err);
    batches_close(s.b);
    trainer_free(&s.t);
    params_free(&table);
    return status;
}
