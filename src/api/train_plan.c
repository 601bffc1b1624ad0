#include "api/train_plan.h"

#include "base/error.h"
#include "data/batches.h"
#include "os/memory.h"

#include <stdio.h>
#include <string.h>

pass_machine train_plan_machine(const train_setup *s) {
    return (pass_machine){.k = &s->machine.k,
                          .p = s->machine.pool,
                          .memory = &os_plan_memory,
                          .limit =
                              s->options->max_ram ? (size_t)s->options->max_ram : PLAN_NO_LIMIT};
}

static void plan_text(const train_setup *s, axl_train_plan *out) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    out->train_bytes = c->set[CORPUS_TRAIN].bytes;
    out->train_documents = c->set[CORPUS_TRAIN].documents;
    out->held_bytes = c->set[CORPUS_HELD].bytes;
    out->held_documents = c->set[CORPUS_HELD].documents;
    out->tail = c->tail;
    out->data = c->memory;
}

axl_status train_plan_make(const train_setup *s, axl_train_plan *out, axl_error *err) {
    param_table table;
    trainer_bytes bytes;
    const pass_machine with = train_plan_machine(s);
    memset(out, 0, sizeof *out);
    snprintf(out->preset, sizeof out->preset, "%s", s->preset);
    out->batch = (size_t)s->settings.batch;
    out->length = train_settings_length(&s->settings, &s->config);
    plan_text(s, out);
    FORWARD(params_build(&table, &s->config, err));
    const axl_status status = trainer_plan(&table, &s->settings, &with, &bytes, err);
    const optimizer_config o = train_settings_optimizer(&s->settings);
    out->params = table.parameters;
    out->checkpoint = checkpoint_bytes(&table, optimizer_moments(&o));
    params_free(&table);
    FORWARD(status);
    size_t ahead = 0;
    const batches_options next = {.sampler = {.length = out->length}, .batch = out->batch};
    RETURN_IF(!batches_memory(&next, &ahead), err, AXL_TOO_LARGE, "the batch is too large");
    out->disk = ((uint64_t)s->settings.keep_last + 2) * out->checkpoint;
    out->weights = bytes.weights;
    out->gradients = bytes.gradients;
    out->moments = bytes.moments;
    out->activations = bytes.activations;
    out->scratch = bytes.scratch;
    out->data += ahead;
    out->all = bytes.all + out->data;
    RETURN_IF(s->options->max_ram && out->all > s->options->max_ram, err, AXL_TOO_LARGE,
              "this training needs %llu bytes of memory, allowed are %llu",
              (unsigned long long)out->all, (unsigned long long)s->options->max_ram);
    return AXL_OK;
}

axl_status axl_train_dry(const axl_train_options *options, axl_train_plan *out, axl_error *err) {
    RETURN_IF(!options || !out, err, AXL_BAD_ARGUMENT, "axl_train_dry: options or out is NULL");
    train_setup s;
    axl_status status = train_setup_open(&s, options, err);
    if (status == AXL_OK) status = train_plan_make(&s, out, err);
    train_setup_close(&s);
    return status;
}
