#include <axl/train.h>

#include "api/train_dashboard.h"
#include "api/train_finish.h"
#include "api/train_guard.h"
#include "api/train_plan.h"
#include "base/error.h"
#include "base/strings.h"

#include <math.h>
#include <string.h>

// What the events of the run need.
typedef struct session {
    const axl_train_events *events;
    bool trained; // a step was made at least
} session;

static void on_row(void *ctx, const train_row *row) {
    session *s = ctx;
    s->trained = true;
    if (!s->events->row) return;
    const axl_train_row out = {.step = row->step,
                               .bytes = row->bytes,
                               .seconds = row->seconds,
                               .fraction = row->fraction,
                               .train_bits = row->train_bpb,
                               .held_bits = row->eval_bpb,
                               .rate = row->rate,
                               .norm = row->grad_norm,
                               .skipped = row->skipped,
                               .bytes_per_s = row->bytes_per_s,
                               .share = row->share,
                               .resident = row->rss};
    s->events->row(s->events->ctx, &out);
}

static void on_note(void *ctx, const char *text) {
    const axl_train_events *e = ((const session *)ctx)->events;
    if (e->note) e->note(e->ctx, text);
}

static void on_sample(void *ctx, const train_sample *sample) {
    const axl_train_events *e = ((const session *)ctx)->events;
    if (e->sample)
        e->sample(e->ctx, sample->prompt.data, sample->completion.data, sample->completion.size);
}

static run_stop on_stop(void *ctx) {
    const axl_train_events *e = ((const session *)ctx)->events;
    return e->stop && e->stop(e->ctx) != 0 ? RUN_STOP : RUN_GO_ON;
}

static axl_status train(train_setup *s, session *now, run_result *result, axl_error *err) {
    const axl_train_options *o = s->options;
    const run_spec spec = {.out = o->out,
                           .config = s->config,
                           .settings = s->settings,
                           .corpus = s->corpus,
                           .resume = o->resume,
                           .base = s->base_path,
                           .prompt = o->prompt ? o->prompt : s->prompt,
                           .machine = train_plan_machine(s),
                           .events = {on_row, on_note, on_sample, on_stop, now}};
    return train_run(&spec, result, err);
}

static axl_status train_and_finish(train_setup *s, axl_train_result *out, axl_error *err) {
    session now = {.events = &s->options->events};
    run_result result;
    const axl_status status = train(s, &now, &result, err);
    out->steps = result.progress.step;
    out->bytes = result.progress.bytes;
    out->skipped = result.progress.step - result.progress.updates;
    out->seconds = result.progress.seconds;
    out->train_bits = result.train_bpb;
    out->held_bits = result.eval_bpb;
    FORWARD(status);
    // The evaluation must not need more memory than the training did.
    const axl_train_plan *p = &out->plan;
    const train_end end = {.setup = s,
                           .progress = result.progress,
                           .room = (p->gradients + p->moments + p->activations) / 2,
                           .already = !now.trained};
    return train_finish(&end, out, err);
}

static axl_status run(train_setup *s, axl_train_result *out, axl_error *err) {
    const axl_train_events *e = &s->options->events;
    FORWARD(train_plan_make(s, false, &out->plan, err));
    if (e->plan) e->plan(e->ctx, &out->plan);
    train_guard guard;
    axl_status status = train_guard_open(&guard, s, err);
    if (status == AXL_OK) status = train_and_finish(s, out, err);
    train_guard_close(&guard);
    return status;
}

static axl_status run_all(const axl_train_options *options, axl_train_result *out, axl_error *err) {
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = run(&s, out, err);
    train_setup_close(&s);
    return status;
}

// The page of the run, which *events then tells too. NULL: none is wanted, or none is possible,
// which is no reason not to train.
static train_dashboard *open_page(const axl_train_options *o, axl_train_events *events) {
    char note[256];
    axl_error err;
    train_dashboard *page = NULL;
    if (o->dashboard == 0) return NULL;
    if (o->dashboard > 65535) {
        error_set(&err, AXL_BAD_ARGUMENT, "port %u is over 65535", o->dashboard);
    } else if (train_dashboard_open(&page, o->out ? o->out : "", o->dashboard, &err) == AXL_OK) {
        *events = train_dashboard_events(page, &o->events);
    }
    if (page)
        string_format(note, sizeof note, NULL, "the page of this run: http://127.0.0.1:%u/",
                      train_dashboard_port(page));
    else
        string_format(note, sizeof note, NULL, "there is no page of this run: %s", err.text);
    if (o->events.note) o->events.note(o->events.ctx, note);
    return page;
}

axl_status axl_train(const axl_train_options *options, axl_train_result *result, axl_error *err) {
    RETURN_IF(!options, err, AXL_BAD_ARGUMENT, "axl_train: options is NULL");
    axl_train_result local;
    if (!result) result = &local;
    memset(result, 0, sizeof *result);
    result->bpb = result->gzip_bpb = result->xz_bpb = (double)NAN;
    axl_error local_err;
    if (!err) err = &local_err;
    axl_train_options watched = *options;
    train_dashboard *page = open_page(options, &watched.events);
    const axl_status status = run_all(&watched, result, err);
    const train_dashboard_end end = {status, status == AXL_OK ? "" : err->text,
                                     status == AXL_OK ? result : NULL};
    train_dashboard_close(page, &end);
    return status;
}
