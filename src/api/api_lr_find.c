#include <axl/lr_find.h>

#include "api/train_plan.h"
#include "base/alloc.h"
#include "base/error.h"
#include "train/lr_search.h"

#include <stdio.h>
#include <string.h>

_Static_assert(AXL_LR_STEPS_MOST == LR_SEARCH_STEPS_MOST, "lr_find.h and lr_search.h differ");

#define STEPS_STANDARD 200

typedef struct asking {
    const axl_lr_options *options;
    size_t steps;
} asking;

static bool asked_to_stop(void *ctx, size_t done) {
    const asking *a = ctx;
    return a->options->step && a->options->step(a->options->train.events.ctx, done, a->steps) != 0;
}

static void copy_result(const train_setup *s, const lr_search_result *from, axl_lr_result *out) {
    const optimizer_rule rule = (optimizer_rule)s->settings.optimizer;
    memset(out, 0, sizeof *out);
    snprintf(out->preset, sizeof out->preset, "%s", s->preset);
    snprintf(out->optimizer, sizeof out->optimizer, "%s", optimizer_name(rule));
    out->params = config_parameters(&s->config);
    out->batch = (size_t)s->settings.batch;
    out->length = train_settings_length(&s->settings, &s->config);
    out->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        out->row[i] = (axl_lr_row){from->row[i].rate, from->row[i].bits, from->row[i].smooth};
    out->diverged = from->diverged;
    out->standard = from->standard;
    out->lowest = from->count > 0 ? from->row[from->lowest].rate : 0;
    out->proposed = from->proposed;
}

static axl_status search(const train_setup *s, asking *a, axl_lr_result *out, axl_error *err) {
    lr_search_result *found = mem_alloc(sizeof *found);
    if (!found) return error_no_memory(err, "the search", sizeof *found);
    const lr_search_spec spec = {.corpus = s->corpus,
                                 .config = s->config,
                                 .settings = s->settings,
                                 .machine = train_plan_machine(s),
                                 .steps = a->steps,
                                 .from = a->options->from,
                                 .to = a->options->to,
                                 .stop = asked_to_stop,
                                 .ctx = a};
    const axl_status status = lr_search_run(&spec, found, err);
    if (status == AXL_OK) copy_result(s, found, out);
    mem_free(found);
    return status;
}

axl_status axl_lr_find(const axl_lr_options *options, axl_lr_result *out, axl_error *err) {
    RETURN_IF(!options || !out, err, AXL_BAD_ARGUMENT, "axl_lr_find: options or out is NULL");
    asking a = {options, options->steps ? options->steps : STEPS_STANDARD};
    train_setup s;
    axl_status status = train_setup_open_trial(&s, &options->train, a.steps, err);
    if (status == AXL_OK) status = search(&s, &a, out, err);
    train_setup_close(&s);
    return status;
}
