#include "train/run.h"

#include "base/error.h"
#include "base/strings.h"
#include "data/batches.h"
#include "os/clock.h"
#include "os/folder.h"
#include "os/memory.h"
#include "store/model_dir.h"
#include "train/held_out.h"
#include "train/not_finite.h"
#include "train/run_sample.h"
#include "train/run_save.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAD_STEPS_MOST 3 // in a row, before the run goes back
#define BACK_MOST 3      // times that a run goes back before it gives up
#define NOTE_TEXT 400

typedef struct run {
    const run_spec *spec;
    run_result *out;
    axl_error *err;
    param_table table;
    trainer trainer;
    growth growth;
    batches *batches;
    batch batch; // of the last step; with overfit_batch the only one
    train_log *log;
    checkpoint_progress progress;
    trainer_result last;
    bool stopping;                   // asked once, stop is not asked again
    bool finishing;                  // all steps are made: too late to stop
    bool has_saved;                  // there is a checkpoint, of
    uint64_t saved_step;             // this step
    uint64_t first_step;             // of this session
    double earlier;                  // seconds used before this session
    uint64_t began;                  // nanoseconds of the clock
    uint64_t paused;                 // spent looking, sampling and saving since the last row
    uint64_t row_at;                 // when the last row was written
    uint64_t row_bytes;              // progress.bytes then
    double eval_bpb;                 // of the last look, until a row has it
    uint64_t looked, sampled, saved; // when, in ns
    double look_seconds;             // that the last look took
    double peak;                     // operations a second
} run;

static void note(const run *r, const char *text) {
    if (r->spec->events.note) r->spec->events.note(r->spec->events.ctx, text);
}

static double seconds_since(uint64_t ns) {
    return (double)(os_clock_ns() - ns) * 1e-9;
}

static double seconds_used(const run *r) {
    return r->earlier + seconds_since(r->began);
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
    return seconds > 0 && seconds_since(since) >= seconds;
}

static bool look_due(const run *r) {
    const double every = r->spec->settings.eval_every;
    return every > 0 && due(r->looked, fmax(every, RUN_LOOK_EVERY * r->look_seconds));
}

static bool asked_to_stop(void *ctx) {
    run *r = ctx;
    const run_events *e = &r->spec->events;
    if (r->finishing) return false;
    if (!r->stopping && e->stop) r->stopping = e->stop(e->ctx) != RUN_GO_ON;
    return r->stopping;
}

// ---- rows, looks, samples, checkpoints ----

static train_row make_row(const run *r, uint64_t now) {
    const checkpoint_progress *p = &r->progress;
    const double worked = (double)(now - r->row_at - r->paused) * 1e-9;
    const double n = (double)p->pending;
    const bool exits = r->spec->config.fine_exit > 0;
    train_row row = {.step = p->step,
                     .bytes = p->bytes,
                     .seconds = seconds_used(r),
                     .fraction = fraction_of(r),
                     .train_bpb = n > 0 ? p->bits / n : (double)NAN,
                     .exit_bpb = n > 0 && exits ? p->exit_bits / n : (double)NAN,
                     .eval_bpb = r->eval_bpb,
                     .rate = r->last.rate,
                     .grad_norm = r->last.norm,
                     .skipped = p->skipped,
                     .rss = os_memory_peak_rss()};
    row.bytes_per_s = worked > 0 ? (double)(p->bytes - r->row_bytes) / worked : 0;
    row.share = r->peak > 0 ? row.bytes_per_s * run_operations(&r->trainer) / r->peak : (double)NAN;
    return row;
}

static void write_row(run *r) {
    const uint64_t now = os_clock_ns();
    const train_row row = make_row(r, now);
    r->out->train_bpb = row.train_bpb;
    r->progress.bits = r->progress.exit_bits = 0;
    r->progress.pending = 0;
    r->row_bytes = r->progress.bytes;
    r->row_at = now;
    r->paused = 0;
    r->eval_bpb = (double)NAN;
    if (r->spec->events.row) r->spec->events.row(r->spec->events.ctx, &row);
    axl_error logging;
    if (train_log_row(r->log, &row, &logging) != AXL_OK)
        note(r, logging.text); // a log never stops a run
    r->out->cost.logging += seconds_since(now);
}

// Books the time since begin as a pause; returns now.
static uint64_t end_pause(run *r, uint64_t begin, double *cost) {
    const uint64_t now = os_clock_ns();
    r->paused += now - begin;
    *cost += (double)(now - begin) * 1e-9;
    return now;
}

// A look that is stopped leaves no figure; whoever called asks again whether to stop.
static axl_status look(run *r) {
    const uint64_t begin = os_clock_ns();
    const held_out_spec how = {(uint64_t)r->spec->settings.eval_bytes, asked_to_stop, r};
    const axl_status status =
        held_out_look(&r->trainer, r->spec->corpus, &how, &r->eval_bpb, r->err);
    r->looked = end_pause(r, begin, &r->out->cost.looking);
    r->look_seconds = (double)(r->looked - begin) * 1e-9;
    if (status == AXL_INTERRUPTED)
        r->eval_bpb = (double)NAN;
    else
        FORWARD(status);
    r->out->eval_bpb = r->eval_bpb;
    return AXL_OK;
}

// A sample never stops a run.
static void complete(run *r) {
    if (!r->spec->prompt) return;
    axl_error err;
    const uint64_t begin = os_clock_ns();
    if (run_sample(r->spec, &r->trainer, &r->progress, r->log, &err) != AXL_OK) note(r, err.text);
    r->sampled = end_pause(r, begin, &r->out->cost.sampling);
}

static axl_status go_back(run *r);

// Nothing is saved twice. Weights that are not finite cannot be saved: then the run goes back.
static axl_status save(run *r) {
    axl_error logging;
    const uint64_t begin = os_clock_ns();
    const bool best = r->out->eval_bpb < r->progress.best_bpb;
    if (r->has_saved && r->saved_step == r->progress.step && !best) return AXL_OK;
    r->progress.seconds = seconds_used(r);
    r->progress.updates = optimizer_steps(r->trainer.optimizer);
    r->progress.rate_scale = r->trainer.rate_factor;
    if (best) r->progress.best_bpb = r->out->eval_bpb;
    if (train_log_sync(r->log, &logging) != AXL_OK) note(r, logging.text);
    const axl_status status = run_save(r->spec, &r->trainer, &r->progress, best, r->err);
    r->saved = end_pause(r, begin, &r->out->cost.saving);
    if (status == AXL_NUMERIC) {
        note(r, r->err->text);
        return go_back(r);
    }
    FORWARD(status);
    r->has_saved = true;
    r->saved_step = r->progress.step;
    return AXL_OK;
}

// ---- steps ----

// Batches of the trainer's shape from the cursor on.
static axl_status open_batches(run *r) {
    const train_settings *s = &r->spec->settings;
    const growth_shape form = {r->trainer.batch, r->trainer.length};
    const batches_options o = {
        .sampler = {.length = form.length, .seed = (uint64_t)s->seed, .fim_rate = s->fim_rate},
        .batch = form.batch,
        .depth = s->overfit_batch > 0 ? 1 : 0,
        .first = r->progress.cursor / growth_cursor(&r->growth, form)};
    batches_close(r->batches);
    r->batches = NULL;
    r->batch = (batch){0};
    return batches_open(&r->batches, r->spec->corpus, &o, r->err);
}

// The shape of the next step, which the share of the run alone decides, and batches of it.
static axl_status take_shape(run *r) {
    const growth_shape form = growth_at(&r->growth, fraction_of(r));
    if (form.length != r->trainer.length)
        FORWARD(trainer_shape(&r->trainer, form, r->err));
    else if (r->batches)
        return AXL_OK;
    return open_batches(r);
}

static checkpoint_progress first_progress(const run_spec *spec) {
    return (checkpoint_progress){
        .seed = (uint64_t)spec->settings.seed, .rate_scale = 1, .best_bpb = (double)INFINITY};
}

static axl_status give_up(run *r) {
    axl_error writing;
    const axl_status wrote =
        not_finite_write(r->spec->out, &r->trainer, r->progress.step, &r->last, &writing);
    if (wrote != AXL_OK) note(r, writing.text);
    char where[NOT_FINITE_TEXT];
    not_finite_text(&r->trainer, where);
    return error_set(r->err, AXL_NUMERIC,
                     "step %llu: not finite, also after going back %d times; %s; %s/%s has more",
                     (unsigned long long)r->progress.step, BACK_MOST, where, r->spec->out,
                     NOT_FINITE_FILE);
}

// The weights of the base, where there is one.
static axl_status take_base(run *r) {
    stored_model base;
    if (!r->spec->base) return AXL_OK;
    FORWARD(model_dir_read(&base, r->spec->base, r->trainer.machine.k, r->err));
    const bool same = params_same(&base.table, &r->table);
    if (same) memcpy(r->trainer.w, base.block, r->table.numbers * sizeof *base.block);
    stored_model_free(&base);
    RETURN_IF(!same, r->err, AXL_BAD_ARGUMENT, "%s is a model of another shape", r->spec->base);
    return AXL_OK;
}

// To the last checkpoint, or where there is none yet, to the beginning.
static axl_status load_last(run *r) {
    if (r->has_saved) return run_load(r->spec, &r->trainer, &r->progress, r->err);
    r->progress = first_progress(r->spec);
    trainer_restart(&r->trainer);
    return take_base(r);
}

// Back to the last good weights, with half the rate.
static axl_status go_back(run *r) {
    char text[NOTE_TEXT];
    const checkpoint_progress was = r->progress;
    if (was.back == BACK_MOST) return give_up(r);
    const double factor = r->trainer.rate_factor / 2;
    FORWARD(load_last(r));
    r->trainer.rate_factor = factor;
    r->progress.skipped = was.skipped;
    r->progress.back = was.back + 1;
    r->progress.bad = 0;
    r->row_bytes = r->progress.bytes;
    axl_error logging;
    if (train_log_cut(r->log, r->progress.step, &logging) != AXL_OK) note(r, logging.text);
    string_format(text, sizeof text, NULL,
                  "went back from step %llu to step %llu, with a rate of %g of the planned one",
                  (unsigned long long)was.step, (unsigned long long)r->progress.step, factor);
    note(r, text);
    return open_batches(r);
}

static axl_status skip(run *r) {
    char text[NOTE_TEXT], where[NOT_FINITE_TEXT];
    not_finite_text(&r->trainer, where);
    string_format(text, sizeof text, NULL, "step %llu: skipped, loss %g bits, gradient norm %g; %s",
                  (unsigned long long)r->progress.step, r->last.bits, r->last.norm, where);
    note(r, text);
    r->progress.skipped++;
    return ++r->progress.bad == BAD_STEPS_MOST ? go_back(r) : AXL_OK;
}

static axl_status step(run *r) {
    FORWARD(take_shape(r));
    const growth_shape form = {r->trainer.batch, r->trainer.length};
    const bool again = r->spec->settings.overfit_batch > 0 && r->batch.ids;
    if (!again) FORWARD(batches_next(r->batches, &r->batch, r->err));
    const trainer_batch given = {
        .ids = r->batch.ids, .target = r->batch.target, .fraction = fraction_of(r)};
    FORWARD(trainer_step(&r->trainer, &given, &r->last, r->err));
    checkpoint_progress *p = &r->progress;
    p->step++;
    p->bytes += form.batch * form.length;
    if (!(r->spec->settings.overfit_batch > 0))
        p->cursor = r->batch.next * growth_cursor(&r->growth, form);
    if (r->last.skipped) return skip(r);
    p->bad = 0;
    p->bits += r->last.bits * (double)r->last.counted;
    p->exit_bits += r->last.exit_bits * (double)r->last.counted;
    p->pending += r->last.counted;
    return AXL_OK;
}

// A step and what is due after it; the last step has `finish` for that.
static axl_status step_and_more(run *r) {
    const train_settings *s = &r->spec->settings;
    const uint64_t before = r->progress.step;
    FORWARD(step(r));
    if (r->progress.step <= before || fraction_of(r) >= 1) return AXL_OK; // went back; the end
    const bool row = r->progress.step % (uint64_t)s->log_every == 0;
    if (row && look_due(r)) FORWARD(look(r));
    if (row) write_row(r);
    if (due(r->sampled, s->sample_every)) complete(r);
    return due(r->saved, s->checkpoint_every) ? save(r) : AXL_OK;
}

static axl_status stop(run *r) {
    FORWARD(save(r));
    return error_set(r->err, AXL_INTERRUPTED,
                     "stopped at step %llu; everything is saved; go on with: the same command and "
                     "--resume",
                     (unsigned long long)r->progress.step);
}

// Whether an earlier session came to the end: the row of the last step is there.
static bool ended_before(run *r) {
    size_t count;
    const train_row *rows = train_log_rows(r->log, &count);
    if (!r->has_saved || r->saved_step != r->progress.step || count == 0) return false;
    const train_row *last = &rows[count - 1];
    if (last->step != r->progress.step || last->fraction < 1) return false;
    r->out->train_bpb = last->train_bpb;
    r->out->eval_bpb = last->eval_bpb;
    return true;
}

// The last look, row, sample and checkpoint. Where that last one made the run go back, there are
// steps again. Who asks to stop now waits for a look: a run that went on from here would not know
// what its last row says of the last step.
static axl_status finish(run *r) {
    const uint64_t back = r->progress.back;
    if (!ended_before(r)) {
        r->finishing = true;
        FORWARD(look(r));
        r->finishing = false;
        write_row(r);
        complete(r);
        FORWARD(save(r));
    }
    r->out->finished = r->progress.back == back;
    return AXL_OK;
}

// One step is made in the shortest time. And the time may run out between the row of a step and the
// look at the clock after it: the last row is one with a look at held-out text, so there is one
// step more.
static bool needs_step(const run *r) {
    size_t count;
    if (r->progress.step == 0) return true;
    const train_row *rows = train_log_rows(r->log, &count);
    return count > 0 && rows[count - 1].step == r->progress.step && rows[count - 1].fraction < 1;
}

static axl_status steps(run *r) {
    while (!r->out->finished) {
        while (fraction_of(r) < 1 || needs_step(r)) {
            if (asked_to_stop(r)) return stop(r);
            FORWARD(step_and_more(r));
        }
        FORWARD(finish(r));
    }
    return AXL_OK;
}

// ---- beginning and end ----

static axl_status start(run *r) {
    const run_spec *spec = r->spec;
    FORWARD(run_check_empty(spec->out, r->err));
    FORWARD(take_base(r));
    FORWARD(os_folder_make(spec->out, r->err));
    run_clean(spec->out);
    return train_log_open(&r->log, spec->out, r->err);
}

static axl_status resume(run *r) {
    const run_spec *spec = r->spec;
    bool began;
    const axl_status status = run_load(spec, &r->trainer, &r->progress, r->err);
    if (status == AXL_NOT_FOUND) {
        FORWARD(run_began(spec->out, &began, r->err));
        RETURN_IF(!began, r->err, AXL_NOT_FOUND,
                  "%s holds no run to go on with: start one without --resume", spec->out);
        note(r, "the run had no checkpoint yet: it begins again");
        return start(r);
    }
    FORWARD(status);
    r->has_saved = true;
    r->saved_step = r->progress.step;
    r->earlier = r->progress.seconds;
    run_clean(spec->out);
    return train_log_resume(&r->log, spec->out, r->progress.step, r->err);
}

static axl_status begin(run *r) {
    const run_spec *spec = r->spec;
    FORWARD(train_settings_check(&spec->settings, &spec->config, r->err));
    FORWARD(run_sample_check(spec, r->err));
    FORWARD(params_build(&r->table, &spec->config, r->err));
    FORWARD(trainer_create(&r->trainer, &r->table, &spec->settings, &spec->machine, r->err));
    r->growth = growth_of(&spec->settings, &spec->config);
    r->progress = first_progress(spec);
    FORWARD(spec->resume ? resume(r) : start(r));
    r->peak = run_peak(&r->trainer);
    r->began = os_clock_ns(); // for the share of the run; it begins anew below
    FORWARD(take_shape(r));
    r->began = r->row_at = r->looked = r->sampled = r->saved = os_clock_ns();
    r->row_bytes = r->progress.bytes;
    r->first_step = r->progress.step;
    r->eval_bpb = (double)NAN;
    return AXL_OK;
}

// What a session that did something leaves behind about itself; it never makes a run fail.
static void record(run *r) {
    axl_error err;
    if (!r->out->finished && !r->stopping) return;
    if (r->progress.step == r->first_step) return;
    const run_session session = {.first = r->first_step,
                                 .last = r->progress.step,
                                 .finished = r->out->finished,
                                 .seconds = seconds_since(r->began),
                                 .cost = r->out->cost};
    if (run_record(r->spec, &session, &err) != AXL_OK) note(r, err.text);
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
        const uint64_t now = os_clock_ns();
        const axl_status closed = train_log_close(r.log, &closing);
        if (closed != AXL_OK) note(&r, closing.text);
        out->cost.logging += seconds_since(now);
        record(&r);
    }
    trainer_free(&r.trainer);
    params_free(&r.table);
    return status;
}
