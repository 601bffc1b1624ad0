#include <axl/eval.h>

#include "api/machine.h"
#include "base/error.h"
#include "eval/eval_logits.h"

// The public progress counts in size_t; a file of more bytes than that cannot be mapped anyway.
static int report(void *ctx, uint64_t done, uint64_t total) {
    const axl_eval_logits_options *o = ctx;
    return o->progress(o->progress_ctx, "bytes", (size_t)done, (size_t)total);
}

static axl_status run(const axl_eval_logits_options *o, const engine *e,
                      axl_eval_logits_result *result, axl_error *err) {
    const eval_logits a = {.file = o->file,
                           .out = o->out,
                           .progress = o->progress ? report : NULL,
                           .progress_ctx = (void *)(uintptr_t)o};
    uint64_t rows = 0;
    const axl_status status = eval_logits_run(e, &a, &rows, err);
    FORWARD(engine_intact(e, err));
    if (status == AXL_OK && result)
        *result = (axl_eval_logits_result){rows, e->model.table.config.vocab_size};
    return status;
}

axl_status axl_eval_logits(const axl_eval_logits_options *options, axl_eval_logits_result *result,
                           axl_error *err) {
    RETURN_IF(!options || !options->model || !options->file || !options->out, err, AXL_BAD_ARGUMENT,
              "axl_eval_logits: model, file and out must be given");
    machine m;
    engine e;
    FORWARD(machine_open(&m, options->level, options->threads, err));
    axl_status status = engine_open_exact(&e, options->model, &m.k, m.pool, err);
    if (status == AXL_OK) {
        status = run(options, &e, result, err);
        engine_close(&e);
    }
    machine_close(&m);
    return status;
}
