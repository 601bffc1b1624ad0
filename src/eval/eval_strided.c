// Bits per byte in overlapping windows, each from nothing: see eval_bpb.h.
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "eval/eval_bpb.h"
#include "eval/eval_loss.h"
#include "model/pass.h"

#include <string.h>

#define ROWS ((size_t)2048) // symbols of a pass, about

// A window that waits for its pass.
typedef struct window {
    size_t document;
    uint64_t first; // byte that its first counted row predicts
    size_t skip;    // rows that do not count
    size_t rows;    // that do
} window;

typedef struct strided {
    const eval_bpb *a;
    double *sums; // [a->count]
    size_t length, stride, batch;
    pass *pass;
    window *window;         // [batch]
    size_t waiting;         // windows
    uint16_t *ids, *target; // [batch, length]
    float *logits;          // [batch, length, V]
    double *nats;           // [batch, length]
    eval_text text;         // the document that is cut into windows
    uint64_t done, total;   // bytes
} strided;

static axl_status take_memory(strided *s, axl_error *err) {
    const param_table *table = s->a->model->table;
    const step_machine *m = s->a->machine;
    s->length = table->config.max_seq_len;
    s->stride = cache_stride(&table->config);
    s->batch = s->a->together ? s->a->together : size_max(ROWS / s->length, 1);
    const size_t rows = s->batch * s->length, v = table->config.vocab_size;
    s->window = mem_alloc_array(s->batch, sizeof *s->window);
    s->ids = mem_zalloc_array(rows, sizeof *s->ids);
    s->target = mem_alloc_array(rows, sizeof *s->target);
    s->nats = mem_alloc_array(rows, sizeof *s->nats);
    s->logits = mem_alloc_array(rows, v * sizeof *s->logits);
    if (!s->window || !s->ids || !s->target || !s->nats || !s->logits)
        return error_no_memory(err, "logits", rows * v * sizeof *s->logits);
    const pass_spec spec = {.batch = s->batch, .length = s->length, .type = DTYPE_F32};
    const pass_machine machine = {m->k, m->p, m->memory, m->limit};
    return pass_create(&s->pass, table, &spec, &machine, err);
}

static void give_memory(strided *s) {
    eval_text_close(&s->text);
    pass_free(s->pass);
    mem_free(s->window);
    mem_free(s->ids);
    mem_free(s->target);
    mem_free(s->nats);
    mem_free(s->logits);
}

// Computes the windows that wait. Rows behind their ends hold what was there before: later symbols,
// which change nothing.
static axl_status flush(strided *s, axl_error *err) {
    if (s->waiting == 0) return AXL_OK;
    FORWARD(eval_bpb_report(s->a, s->done, s->total, err));
    if (s->a->way == EVAL_EXIT)
        FORWARD(pass_exit_logits(s->pass, s->a->weights, s->ids, s->logits, err));
    else
        FORWARD(pass_logits(s->pass, s->a->weights, s->ids, s->logits, err));
    const eval_rows costs = {.logits = s->logits,
                             .rows = s->waiting * s->length,
                             .n = s->a->model->table->config.vocab_size,
                             .target = s->target,
                             .nats = s->nats};
    eval_rows_run(s->a->machine->p, &costs);
    for (size_t i = 0; i < s->waiting; i++) {
        const window *w = &s->window[i];
        const eval_costs add = {&s->a->list[w->document], w->first,
                                s->nats + i * s->length + w->skip, w->rows};
        FORWARD(eval_costs_add(&s->sums[w->document], &add, err));
        s->done += w->rows;
    }
    s->waiting = 0;
    return AXL_OK;
}

// The window whose first symbol is number `from` of BOS and the bytes; `known` bytes are scored.
static axl_status add_window(strided *s, size_t document, uint64_t from, uint64_t known,
                             axl_error *err) {
    const uint64_t left = s->a->list[document].bytes - from;
    const size_t used = left < s->length ? (size_t)left : s->length;
    window *w = &s->window[s->waiting];
    *w = (window){document, known, (size_t)(known - from), used - (size_t)(known - from)};
    uint16_t *ids = s->ids + s->waiting * s->length, *target = s->target + s->waiting * s->length;
    s->waiting++;
    for (size_t t = 0; t < s->length; t++) target[t] = EVAL_NO_TARGET;
    uint8_t bytes[256]; // bytes from + t .. of the document, in parts
    for (size_t t = 0; t < used; t += sizeof bytes) {
        const size_t part = size_min(sizeof bytes, used - t);
        FORWARD(eval_text_read(&s->text, from + t, bytes, part, err));
        for (size_t i = 0; i < part; i++) {
            if (t + i >= w->skip) target[t + i] = bytes[i];
            if (t + i + 1 < s->length) ids[t + i + 1] = bytes[i];
        }
    }
    ids[0] = MODEL_BOS;
    if (from == 0) return AXL_OK;
    FORWARD(eval_text_read(&s->text, from - 1, bytes, 1, err));
    ids[0] = bytes[0];
    return AXL_OK;
}

static axl_status run(strided *s, axl_error *err) {
    FORWARD(take_memory(s, err));
    for (size_t i = 0; i < s->a->count; i++) s->total += s->a->list[i].bytes;
    for (size_t i = 0; i < s->a->count; i++) {
        const eval_document *d = &s->a->list[i];
        if (d->bytes == 0) continue;
        FORWARD(eval_text_open(&s->text, d, err));
        uint64_t known = 0;
        for (uint64_t from = 0; known < d->bytes; from += s->stride) {
            FORWARD(add_window(s, i, from, known, err));
            known += s->window[s->waiting - 1].rows;
            if (s->waiting == s->batch) FORWARD(flush(s, err));
        }
        eval_text_close(&s->text);
    }
    return flush(s, err);
}

axl_status eval_strided_run(const eval_bpb *a, double *sums, axl_error *err) {
    RETURN_IF(!a->weights, err, AXL_BAD_ARGUMENT,
              "strided windows need a model of f32, bf16 or f16; one of few bits slides");
    strided s = {.a = a, .sums = sums};
    const axl_status status = run(&s, err);
    give_memory(&s);
    return status;
}
