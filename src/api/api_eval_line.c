#include <axl/eval_code.h>

#include "api/eval_code_card.h"
#include "api/eval_record.h"
#include "api/machine.h"
#include "base/error.h"
#include "eval/shares.h"
#include "eval/typing.h"
#include "os/clock.h"

#include <math.h>

static int report(void *ctx, size_t done, size_t total) {
    const axl_eval_line_options *o = ctx;
    return o->progress(o->progress_ctx, "lines", done < total ? done : total - 1, total);
}

static void take_result(axl_eval_line_result *r, const typing *t, double precision) {
    r->found = t->found;
    r->too_long = t->too_long;
    r->lines = t->count;
    const typing_sum sum = typing_at(t, precision, r->odds);
    const share exact = share_of((double)typing_exact(t) / (double)t->count, t->count);
    r->exact = (axl_share){exact.value, exact.low, exact.high};
    r->bytes = sum.bytes;
    r->keys = sum.keys;
    r->offers = sum.offers;
    r->right = sum.right;
    r->accepted = (double)typing_accepted(t) / (double)sum.bytes;
    r->precision = sum.offers ? (double)sum.right / (double)sum.offers : (double)NAN;
    r->saved = 1 - (double)sum.keys / (double)sum.bytes;
}

static axl_status type_lines(const axl_eval_line_options *o, const engine *e,
                             axl_eval_line_result *r, axl_error *err) {
    eval_files files = {0};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < o->path_count && status == AXL_OK; i++)
        status = eval_files_add(&files, o->paths[i], 0, err);
    typing t = {0};
    r->context = e->model.table.config.max_seq_len;
    const typing_source from = {
        .list = files.list, .count = files.count, .wanted = o->lines, .context = r->context};
    if (status == AXL_OK) status = typing_open(&t, &from, err);
    const typing_work work = {
        .engine = e, .progress = o->progress ? report : NULL, .progress_ctx = (void *)(uintptr_t)o};
    const uint64_t start = os_clock_ns();
    if (status == AXL_OK) status = typing_run(&t, &work, err);
    r->seconds = (double)(os_clock_ns() - start) * 1e-9;
    if (status == AXL_OK) take_result(r, &t, o->precision);
    typing_free(&t);
    eval_files_free(&files);
    return status;
}

static void record(const axl_eval_line_options *o, axl_eval_line_result *r) {
    if (o->no_record) return;
    buf card = {0}, json = {0};
    eval_line_card(&card, r, o);
    eval_line_json(&json, r, o);
    const eval_record one = {"programs", "line", &card, &json};
    eval_record_keep(o->model, &one, &r->record);
    buf_free(&card);
    buf_free(&json);
}

static axl_status run(const axl_eval_line_options *o, axl_eval_line_result *r, axl_error *err) {
    machine m;
    engine e;
    FORWARD(machine_open(&m, o->level, o->threads, err));
    r->threads = m.threads;
    r->level = kernels_level_name(m.k.level);
    axl_status status = engine_open(&e, o->model, &m.k, m.pool, err);
    if (status == AXL_OK) {
        status = type_lines(o, &e, r, err);
        engine_close(&e);
    }
    machine_close(&m);
    if (status == AXL_OK) record(o, r);
    return status;
}

axl_status axl_eval_line(const axl_eval_line_options *options, axl_eval_line_result *result,
                         axl_error *err) {
    RETURN_IF(!options || !result || !options->model || !options->paths || !options->path_count,
              err, AXL_BAD_ARGUMENT, "axl_eval_line: model, paths and a result must be given");
    RETURN_IF(!(options->precision > 0 && options->precision <= 1), err, AXL_BAD_ARGUMENT,
              "a precision of %g: above 0, up to 1", options->precision);
    *result = (axl_eval_line_result){0};
    return run(options, result, err);
}
