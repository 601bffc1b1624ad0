#include "api/calibration.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "eval/eval_document.h"
#include "model/step.h"
#include "os/memory.h"

#include <string.h>

#define STEP_BYTES ((size_t)64) // fed at once

typedef struct run {
    const calibration_source *from;
    const param_table *table;
    double **sum;   // [count]: [cols] of squares, or NULL; owned
    uint64_t *rows; // [count] that were summed; owned
    bool broken;    // memory ran out
    uint16_t *ids;  // [count] of the text, BOS first; owned
    size_t count;
} run;

static size_t cols_of(const param *p) {
    return p->shape.dim[p->shape.dims - 1];
}

static void add_squares(run *r, size_t i, const float *x, size_t rows) {
    const size_t cols = cols_of(&r->table->list[i]);
    if (!r->sum[i]) r->sum[i] = mem_zalloc_array(cols, sizeof **r->sum);
    if (!r->sum[i]) {
        r->broken = true;
        return;
    }
    double *sum = r->sum[i];
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < cols; c++)
            sum[c] += (double)x[t * cols + c] * (double)x[t * cols + c];
    r->rows[i] += rows;
}

// All tensors that share the matrix meet the same activations. The gate, whose columns are used
// apart, is never quantised.
static void observe(void *ctx, const frozen_matrix *w, const float *x, size_t rows) {
    run *r = ctx;
    const param_table *t = r->table;
    const size_t begin = (size_t)((const float *)w->dense.data - r->from->block);
    const size_t end = begin + w->n * w->k;
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const bool meets = p->offset < end && p->offset + p->count > begin;
        if (meets && p->bits != PARAM_BITS_ALL) add_squares(r, i, x, rows);
    }
}

static axl_status feed(run *r, stepper *s, cache *c, axl_error *err) {
    const size_t v = r->table->config.vocab_size;
    const calibration_source *from = r->from;
    float *logits = mem_alloc_array(STEP_BYTES * v, sizeof *logits);
    if (!logits) return error_no_memory(err, "logits", STEP_BYTES * v * sizeof *logits);
    axl_status status = AXL_OK;
    for (size_t at = 0; at < r->count && status == AXL_OK; at += STEP_BYTES) {
        const size_t n = size_min(STEP_BYTES, r->count - at);
        const step_item item = {.ids = r->ids + at, .count = n, .wanted = n, .logits = logits};
        status = step_feed(s, c, &item, err);
        if (r->broken) status = error_no_memory(err, "the squares of a matrix", sizeof(double));
        if (status == AXL_OK && from->progress && !from->progress(from->progress_ctx, at, r->count))
            status = error_set(err, AXL_INTERRUPTED, "interrupted");
    }
    mem_free(logits);
    return status;
}

static axl_status read_all(run *r, const machine *m, axl_error *err) {
    const step_spec spec = {.sequences = 1, .bytes = STEP_BYTES};
    const step_machine on = {
        .k = &m->k, .p = m->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    const frozen *model = r->from->model;
    stepper *s;
    cache c;
    FORWARD(step_create(&s, model, &spec, &on, err));
    axl_status status = cache_create(&c, &r->table->config, model->start, &os_plan_memory, err);
    if (status == AXL_OK) {
        step_observe(s, observe, r);
        status = feed(r, s, &c, err);
        cache_free(&c);
    }
    step_free(s);
    return status;
}

// The beginning of the file as symbols.
static axl_status read_text(run *r, axl_error *err) {
    const char *path = r->from->path;
    eval_files files = {0};
    eval_text text = {0};
    axl_status status = eval_files_add(&files, path, CALIBRATION_BYTES, err);
    const eval_document *d = files.list;
    if (status == AXL_OK && (files.count == 0 || d->bytes == 0))
        status = error_set(err, AXL_BAD_FILE, "%s: no bytes to calibrate with", path);
    if (status == AXL_OK) status = eval_text_open(&text, d, err);
    if (status == AXL_OK) {
        const size_t n = (size_t)d->bytes;
        unsigned char *bytes = mem_alloc(n);
        r->ids = mem_alloc_array(n + 1, sizeof *r->ids);
        r->count = n + 1;
        if (!bytes || !r->ids) status = error_no_memory(err, path, n * sizeof *r->ids);
        if (status == AXL_OK) status = eval_text_read(&text, 0, bytes, n, err);
        if (status == AXL_OK) r->ids[0] = MODEL_BOS;
        for (size_t i = 0; i < n && status == AXL_OK; i++) r->ids[i + 1] = bytes[i];
        mem_free(bytes);
    }
    eval_text_close(&text);
    eval_files_free(&files);
    return status;
}

static axl_status give_means(const run *r, calibration *out, axl_error *err) {
    out->column = mem_zalloc_array(out->count, sizeof *out->column);
    if (!out->column) return error_no_memory(err, "importances", out->count * sizeof(float *));
    for (size_t i = 0; i < out->count; i++) {
        if (!r->sum[i]) continue;
        const size_t cols = cols_of(&r->table->list[i]);
        out->column[i] = mem_alloc_array(cols, sizeof **out->column);
        if (!out->column[i]) return error_no_memory(err, "importances", cols * sizeof(float));
        for (size_t c = 0; c < cols; c++)
            out->column[i][c] = (float)(r->sum[i][c] / (double)r->rows[i]);
    }
    return AXL_OK;
}

axl_status calibration_run(calibration *out, const calibration_source *from, const machine *m,
                           axl_error *err) {
    run r = {.from = from, .table = from->model->table};
    *out = (calibration){.count = r.table->count};
    axl_status status = read_text(&r, err);
    r.sum = mem_zalloc_array(out->count, sizeof *r.sum);
    r.rows = mem_zalloc_array(out->count, sizeof *r.rows);
    if (status == AXL_OK && (!r.sum || !r.rows))
        status = error_no_memory(err, "importances", out->count * sizeof *r.sum);
    if (status == AXL_OK) status = read_all(&r, m, err);
    if (status == AXL_OK) status = give_means(&r, out, err);
    out->bytes = r.count > 0 ? r.count - 1 : 0;
    for (size_t i = 0; r.sum && i < out->count; i++) mem_free(r.sum[i]);
    mem_free(r.sum);
    mem_free(r.rows);
    mem_free(r.ids);
    if (status != AXL_OK) calibration_free(out);
    return status;
}

void calibration_free(calibration *c) {
    for (size_t i = 0; c->column && i < c->count; i++) mem_free(c->column[i]);
    mem_free(c->column);
    memset(c, 0, sizeof *c);
}
