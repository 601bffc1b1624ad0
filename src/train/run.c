#include "train/run.h"

#include "base/error.h"
#include "base/strings.h"
#include "data/batches.h"
#include "os/clock.h"
#include "os/folder.h"
#include "os/memory.h"
#include "train/held_out.h"
#include "train/run_save.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAD_STEPS_MOST 3 // in a row, before the run goes back
#define BACK_MOST 3      // times that a run goes back before it gives up

typedef struct run {
    const run_spec *spec;
    run_result *out;
    axl_error *err;
    param_table table;
    trainer trainer;
    batches *batches;
    train_log *log;
    checkpoint_progress progress;
    double earlier;       // seconds used before this session
    uint64_t began;       // nanoseconds of the clock
    uint64_t paused;      // spent looking and saving since the last row
    uint64_t row_at;      // when the last row was written
    double sum, exit_sum; // bits since the last row
    uint64_t rows_of_sum;
    uint64_t row_bytes; // progress.bytes at the last row
    uint64_t skipped;
    size_t bad, back;
    double eval_bpb;                 // of the last look
    uint64_t looked, sampled, saved; // when, in ns
    double peak;                     // operations a second
} run;

static void note(const run *r, const char *text) {
    if (r->spec->events.note) r->spec->events.note(r->spec->events.ctx, text);
}

static double seconds_used(const run *r) {
    return r->earlier + (double)(os_clock_ns() - r->began) * 1e-9;
}

// Of the run, by the first limit that is given.
static double fraction_of(const run *r) {
    const train_settings *s = &r->spec->settings;
    double done = 0, all = 1;
    if (s->steps > 0) {
        done = (double)r->progress.step;
        all = s->steps;
    } else if (s->bytes > 0) {
        done = (double)r->progress.bytes;
        all = s->bytes;
    } else {
        done = seconds_used(r);
        all = 60 * s->minutes;
    }
    return done < all ? done / all : 1;
}

static bool due(uint64_t since, double seconds) {
    return seconds > 0 && (double)(os_clock_ns() - since) * 1e-9 >= seconds;
}

// ---- rows, looks, checkpoints ----

static axl_status write_row(run *r, const trainer_result *last) {
    const uint64_t now = os_clock_ns();
    const double worked = (double)(now - r->row_at - r->paused) * 1e-9;
    const double n = (double)r->rows_of_sum;
    train_row row = {.step = r->progress.step,
                     .bytes = r->progress.bytes,
                     .seconds = seconds_used(r),
                     .fraction = fraction_of(r),
                     .train_bpb = n > 0 ? r->sum / n : (double)NAN,
                     .exit_bpb =
                         n > 0 && r->spec->config.fine_exit > 0 ? r->exit_sum / n : (double)NAN,
                     .eval_bpb = r->eval_bpb,
                     .rate = last->rate,
                     .grad_norm = last->norm,
                     .skipped = r->skipped,
                     .rss = os_memory_peak_rss()};
    const double bytes = (double)(r->progress.bytes - r->row_bytes);
    row.bytes_per_s = worked > 0 ? bytes / worked : 0;
    row.share = r->peak > 0 ? row.bytes_per_s * run_operations(&r->trainer) / r->peak : (double)NAN;
    r->out->train_bpb = row.train_bpb;
    r->sum = r->exit_sum = 0;
    r->rows_of_sum = 0;
    r->row_bytes = r->progress.bytes;
    r->row_at = now;
    r->paused = 0;
    r->eval_bpb = (double)NAN;
    if (r->spec->events.row) r->spec->events.row(r->spec->events.ctx, &row);
    const axl_status status = train_log_row(r->log, &row, r->err);
    if (status != AXL_OK) note(r, r->err->text); // a log never stops a run
    return AXL_OK;
}

static axl_status look(run *r) {
    const uint64_t begin = os_clock_ns();
    FORWARD(held_out_look(&r->trainer, r->spec->corpus, (uint64_t)r->spec->settings.eval_bytes,
                          &r->eval_bpb, r->err));
    r->out->eval_bpb = r->eval_bpb;
    r->looked = os_clock_ns();
    r->paused += r->looked - begin;
    return AXL_OK;
}

static axl_status save(run *r) {
    const uint64_t begin = os_clock_ns();
    r->progress.seconds = seconds_used(r);
    r->progress.updates = optimizer_steps(r->trainer.optimizer);
    r->progress.rate_scale = r->trainer.rate_factor;
    const bool best = r->out->eval_bpb < r->progress.best_bpb;
    if (best) r->progress.best_bpb = r->out->eval_bpb;
    if (train_log_sync(r->log, r->err) != AXL_OK) note(r, r->err->text);
    FORWARD(run_save(r->spec, &r->trainer, &r->progress, best, r->err));
    r->saved = os_clock_ns();
    r->paused += r->saved - begin;
    return AXL_OK;
}

// ---- steps ----

static axl_status open_batches(run *r) {
    const train_settings *s = &r->spec->settings;
    const batches_options o = {.sampler = {.length = r->trainer.length,
                                           .seed = (uint64_t)s->seed,
                                           .fim_rate = s->fim_rate},
                               .batch = r->trainer.batch,
                               .first = r->progress.cursor};
    batches_close(r->batches);
    r->batches = NULL;
    return batches_open(&r->batches, r->spec->corpus, &o, r->err);
}

// Back to the last checkpoint, with half the rate.
static axl_status go_back(run *r) {
    char text[160];
    RETURN_IF(r->back == BACK_MOST, r->err, AXL_NUMERIC,
              "step %llu: the gradient is not finite, also after going back %d times; see the log",
              (unsigned long long)r->progress.step, BACK_MOST);
    const double factor = r->trainer.rate_factor / 2;
    const double used = seconds_used(r);
    FORWARD(run_load(r->spec, &r->trainer, &r->progress, r->err));
    r->trainer.rate_factor = factor;
    r->earlier += used - seconds_used(r);
    r->back++;
    r->bad = 0;
    FORWARD(train_log_cut(r->log, r->progress.step, r->err));
    snprintf(text, sizeof text, "went back to step %llu with a rate of %g of the planned one",
             (unsigned long long)r->progress.step, factor);
    note(r, text);
    return open_batches(r);
}

static axl_status step(run *r, trainer_result *result) {
    batch b;
    FORWARD(batches_next(r->batches, &b, r->err));
    const trainer_batch given = {.ids = b.ids, .target = b.target, .fraction = fraction_of(r)};
    FORWARD(trainer_step(&r->trainer, &given, result, r->err));
    r->progress.step++;
    r->progress.bytes += r->trainer.batch * r->trainer.length;
    if (r->spec->settings.overfit_batch > 0) {
        FORWARD(open_batches(r)); // from the same sample again
    } else {
        r->progress.cursor = b.next;
    }
    if (result->skipped) {
        char text[128];
        snprintf(text, sizeof text, "step %llu: skipped, loss %g bits, gradient norm %g",
                 (unsigned long long)r->progress.step, result->bits, result->norm);
        note(r, text);
        r->skipped++;
        return ++r->bad == BAD_STEPS_MOST ? go_back(r) : AXL_OK;
    }
    r->bad = 0;
    r->sum += result->bits;
    r->exit_sum += result->exit_bits;
    r->rows_of_sum++;
    return AXL_OK;
}

static axl_status complete(run *r) {
    if (!r->spec->prompt) return AXL_OK;
    const uint64_t begin = os_clock_ns();
    FORWARD(run_sample(r->spec, &r->trainer, &r->progress, r->log, r->err));
    r->sampled = os_clock_ns();
    r->paused += r->sampled - begin;
    return AXL_OK;
}

static axl_status steps(run *r) {
    const train_settings *s = &r->spec->settings;
    const run_events *e = &r->spec->events;
    trainer_result last = {0};
    bool end = fraction_of(r) >= 1;
    while (!end) {
        if (e->stop && e->stop(e->ctx) != RUN_GO_ON) {
            FORWARD(save(r));
            return error_set(r->err, AXL_INTERRUPTED, "stopped at step %llu; everything is saved",
                             (unsigned long long)r->progress.step);
        }
        FORWARD(step(r, &last));
        end = fraction_of(r) >= 1;
        if (end || due(r->looked, s->eval_every)) FORWARD(look(r));
        if (end || r->progress.step % (uint64_t)s->log_every == 0 || !isnan(r->eval_bpb))
            FORWARD(write_row(r, &last));
        if (end || due(r->sampled, s->sample_every)) FORWARD(complete(r));
        if (!end && due(r->saved, s->checkpoint_every)) FORWARD(save(r));
    }
    r->out->finished = true;
    return save(r);
}

// ---- beginning and end ----

static axl_status begin(run *r) {
    const run_spec *spec = r->spec;
    FORWARD(train_settings_check(&spec->settings, &spec->config, r->err));
    FORWARD(params_build(&r->table, &spec->config, r->err));
    FORWARD(trainer_create(&r->trainer, &r->table, &spec->settings, &spec->machine, r->err));
    r->progress = (checkpoint_progress){
        .seed = (uint64_t)spec->settings.seed, .rate_scale = 1, .best_bpb = (double)INFINITY};
    if (spec->resume) {
        FORWARD(run_load(spec, &r->trainer, &r->progress, r->err));
        r->earlier = r->progress.seconds;
        FORWARD(train_log_resume(&r->log, spec->out, r->progress.step, r->err));
    } else {
        FORWARD(run_check_empty(spec->out, r->err));
        FORWARD(os_folder_make(spec->out, r->err));
        FORWARD(train_log_open(&r->log, spec->out, r->err));
    }
    r->peak = run_peak(&r->trainer);
    FORWARD(open_batches(r));
    r->began = r->row_at = r->looked = r->sampled = r->saved = os_clock_ns();
    r->row_bytes = r->progress.bytes;
    r->eval_bpb = (double)NAN;
    return AXL_OK;
}

axl_status train_run(const run_spec *spec, run_result *out, axl_error *err) {
    axl_error local;
    run r = {.spec = spec, .out = out, .err = err ? err : &local};
    *out = (run_result){.train_bpb = (double)NAN, .eval_bpb = (double)NAN};
    axl_status status = begin(&r);
    if (status == AXL_OK) status = steps(&r);
    out->progress = r.progress;
    batches_close(r.batches);
    if (r.log) {
        axl_error closing;
        const axl_status closed = train_log_close(r.log, &closing);
        if (closed != AXL_OK) note(&r, closing.text);
    }
    trainer_free(&r.trainer);
    params_free(&r.table);
    return status;
}
