#include <axl/train.h>

#include "api/train_plan.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static void on_row(void *ctx, const train_row *row) {
    const axl_train_events *e = ctx;
    if (!e->row) return;
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
    e->row(e->ctx, &out);
}

static void on_note(void *ctx, const char *text) {
    const axl_train_events *e = ctx;
    if (e->note) e->note(e->ctx, text);
}

static void on_sample(void *ctx, const train_sample *sample) {
    const axl_train_events *e = ctx;
    if (e->sample)
        e->sample(e->ctx, sample->prompt.data, sample->completion.data, sample->completion.size);
}

static run_stop on_stop(void *ctx) {
    const axl_train_events *e = ctx;
    return e->stop && e->stop(e->ctx) != 0 ? RUN_STOP : RUN_GO_ON;
}

static axl_status run(train_setup *s, axl_train_result *out, axl_error *err) {
    const axl_train_options *o = s->options;
    FORWARD(train_plan_make(s, false, &out->plan, err));
    if (o->events.plan) o->events.plan(o->events.ctx, &out->plan);
    const run_spec spec = {
        .out = o->out,
        .config = s->config,
        .settings = s->settings,
        .corpus = s->corpus,
        .resume = o->resume,
        .prompt = o->prompt ? o->prompt : s->prompt,
        .machine = train_plan_machine(s),
        .events = {on_row, on_note, on_sample, on_stop, (void *)(uintptr_t)&o->events}};
    run_result result;
    const axl_status status = train_run(&spec, &result, err);
    out->steps = result.progress.step;
    out->bytes = result.progress.bytes;
    out->skipped = result.progress.step - result.progress.updates;
    out->seconds = result.progress.seconds;
    out->train_bits = result.train_bpb;
    out->held_bits = result.eval_bpb;
    return status;
}

axl_status axl_train(const axl_train_options *options, axl_train_result *result, axl_error *err) {
    RETURN_IF(!options, err, AXL_BAD_ARGUMENT, "axl_train: options is NULL");
    axl_train_result local;
    if (!result) result = &local;
    memset(result, 0, sizeof *result);
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = run(&s, result, err);
    train_setup_close(&s);
    return status;
}
