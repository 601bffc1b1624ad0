#include "eval/eval_bpb.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "eval/eval_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Symbols of a document that one step takes at most: it ends at the window's end too, so the pieces
// follow from the document alone, and with them every bit of its result.
#define PIECE ((size_t)64)
// What all caches may take where the caller does not say how many documents; one is always allowed.
#define CACHES_MOST ((uint64_t)1 << 30)

// One document that is being read.
typedef struct lane {
    size_t document; // its index
    bool busy;
    uint64_t done; // symbols fed, which is bytes scored
    size_t part;   // of this round
    double nats;   // of the bytes scored
    eval_text text;
    cache cache;
} lane;

typedef struct place {
    uint64_t bytes;
    size_t document;
} place;

typedef struct sliding {
    const eval_bpb *a;
    double *sums; // [a->count]
    place *order; // [documents] that have bytes, the longest first
    size_t documents, next;
    lane *lane; // [lanes]
    size_t lanes;
    stepper *stepper;
    step_item *items;       // [lanes]
    uint16_t *ids, *target; // [lanes * PIECE]
    float *logits;          // [lanes * PIECE, V]
    double *nats;           // [lanes * PIECE]
    uint64_t done, total;   // bytes
} sliding;

axl_status eval_bpb_report(const eval_bpb *a, uint64_t done, uint64_t total, axl_error *err) {
    RETURN_IF(a->progress && a->progress(a->progress_ctx, done, total) != 0, err, AXL_INTERRUPTED,
              "interrupted");
    return AXL_OK;
}

axl_status eval_costs_add(double *sum, const eval_costs *c, axl_error *err) {
    for (size_t i = 0; i < c->rows; i++) {
        RETURN_IF(!isfinite(c->nats[i]), err, AXL_NUMERIC,
                  "%s: what the model predicts for byte %llu is no number", c->of->name,
                  (unsigned long long)(c->first + i));
        if (c->first + i >= c->of->given) *sum += c->nats[i];
    }
    return AXL_OK;
}

// ---- the sliding way ----

static int longest_first(const void *left, const void *right) {
    const place *a = left, *b = right;
    if (a->bytes != b->bytes) return a->bytes > b->bytes ? -1 : 1;
    return a->document < b->document ? -1 : 1;
}

// The long ones first, so that none is left alone at the end.
static axl_status make_order(sliding *s, axl_error *err) {
    s->order = mem_alloc_array(s->a->count, sizeof *s->order);
    if (!s->order) return error_no_memory(err, "an order of files", s->a->count * sizeof *s->order);
    for (size_t i = 0; i < s->a->count; i++) {
        if (s->a->list[i].bytes == 0) continue;
        s->order[s->documents++] = (place){s->a->list[i].bytes, i};
        s->total += s->a->list[i].bytes;
    }
    qsort(s->order, s->documents, sizeof *s->order, longest_first);
    return AXL_OK;
}

static size_t lanes_of(const eval_bpb *a, size_t documents) {
    if (a->together) return size_min(a->together, documents);
    const plan_memory *memory = a->machine->memory;
    uint64_t room = CACHES_MOST;
    if (memory && memory->available && memory->available() / 2 < room)
        room = memory->available() / 2;
    const uint64_t fit = room / cache_bytes(&a->model->table->config);
    return size_min(fit < EVAL_TOGETHER ? size_max((size_t)fit, 1) : EVAL_TOGETHER, documents);
}

static axl_status take_memory(sliding *s, axl_error *err) {
    const eval_bpb *a = s->a;
    const model_config *c = &a->model->table->config;
    s->lanes = lanes_of(a, s->documents);
    s->lane = mem_zalloc_array(s->lanes, sizeof *s->lane);
    s->items = mem_zalloc_array(s->lanes, sizeof *s->items);
    const size_t rows = s->lanes * PIECE;
    s->ids = mem_alloc_array(rows, sizeof *s->ids);
    s->target = mem_alloc_array(rows, sizeof *s->target);
    s->nats = mem_alloc_array(rows, sizeof *s->nats);
    s->logits = mem_alloc_array(rows, c->vocab_size * sizeof *s->logits);
    if (!s->lane || !s->items || !s->ids || !s->target || !s->nats || !s->logits)
        return error_no_memory(err, "logits", rows * c->vocab_size * sizeof *s->logits);
    for (size_t i = 0; i < s->lanes; i++)
        FORWARD(cache_create(&s->lane[i].cache, c, a->model->start, a->machine->memory, err));
    const step_spec spec = {.sequences = s->lanes, .bytes = rows, .packed = true};
    return step_create(&s->stepper, a->model, &spec, a->machine, err);
}

static void give_memory(sliding *s) {
    for (size_t i = 0; s->lane && i < s->lanes; i++) {
        eval_text_close(&s->lane[i].text);
        cache_free(&s->lane[i].cache);
    }
    step_free(s->stepper);
    mem_free(s->lane);
    mem_free(s->items);
    mem_free(s->ids);
    mem_free(s->target);
    mem_free(s->nats);
    mem_free(s->logits);
    mem_free(s->order);
}

// Lets a free lane begin with the next document, if there is one.
static axl_status begin(sliding *s, lane *l, axl_error *err) {
    if (l->busy || s->next == s->documents) return AXL_OK;
    l->document = s->order[s->next++].document;
    l->done = 0;
    l->nats = 0;
    FORWARD(cache_truncate(&l->cache, 0, err));
    l->cache.gone = 0;
    FORWARD(eval_text_open(&l->text, &s->a->list[l->document], err));
    l->busy = true;
    return AXL_OK;
}

// The lane's next symbols, BOS and then the bytes, and the bytes after them, from row on.
static axl_status load(sliding *s, lane *l, size_t row, axl_error *err) {
    FORWARD(cache_slide(&l->cache, step_exec(s->stepper), step_rope(s->stepper), err));
    const uint64_t left = s->a->list[l->document].bytes - l->done;
    l->part = size_min(PIECE, cache_room(&l->cache));
    if (left < l->part) l->part = (size_t)left;
    uint8_t bytes[PIECE + 1]; // from the one before the first that is predicted
    if (l->done == 0)
        FORWARD(eval_text_read(&l->text, 0, bytes + 1, l->part, err));
    else
        FORWARD(eval_text_read(&l->text, l->done - 1, bytes, l->part + 1, err));
    for (size_t i = 0; i < l->part; i++) {
        s->ids[row + i] = bytes[i];
        s->target[row + i] = bytes[i + 1];
    }
    if (l->done == 0) s->ids[row] = MODEL_BOS;
    return AXL_OK;
}

static axl_status predict(sliding *s, size_t *rows, axl_error *err) {
    const size_t v = s->a->model->table->config.vocab_size;
    size_t count = 0;
    *rows = 0;
    for (size_t i = 0; i < s->lanes; i++) {
        lane *l = &s->lane[i];
        FORWARD(begin(s, l, err));
        if (!l->busy) continue;
        FORWARD(load(s, l, *rows, err));
        s->items[count++] = (step_item){.cache = &l->cache,
                                        .ids = s->ids + *rows,
                                        .count = l->part,
                                        .wanted = l->part,
                                        .logits = s->logits + *rows * v};
        *rows += l->part;
    }
    return count ? step_run(s->stepper, s->items, count, err) : AXL_OK;
}

static axl_status add_up(sliding *s, axl_error *err) {
    size_t row = 0;
    for (size_t i = 0; i < s->lanes; i++) {
        lane *l = &s->lane[i];
        if (!l->busy) continue;
        const eval_costs costs = {&s->a->list[l->document], l->done, s->nats + row, l->part};
        FORWARD(eval_costs_add(&l->nats, &costs, err));
        row += l->part;
        l->done += l->part;
        s->done += l->part;
        if (l->done < s->a->list[l->document].bytes) continue;
        s->sums[l->document] = l->nats;
        eval_text_close(&l->text);
        l->busy = false;
    }
    return AXL_OK;
}

static axl_status slide(sliding *s, axl_error *err) {
    FORWARD(make_order(s, err));
    if (s->documents == 0) return AXL_OK;
    FORWARD(take_memory(s, err));
    while (s->done < s->total) {
        FORWARD(eval_bpb_report(s->a, s->done, s->total, err));
        size_t rows;
        FORWARD(predict(s, &rows, err));
        const eval_rows costs = {.logits = s->logits,
                                 .rows = rows,
                                 .n = s->a->model->table->config.vocab_size,
                                 .target = s->target,
                                 .nats = s->nats};
        eval_rows_run(s->a->machine->p, &costs);
        FORWARD(add_up(s, err));
    }
    return AXL_OK;
}

static axl_status run_sliding(const eval_bpb *a, double *sums, axl_error *err) {
    sliding s = {.a = a, .sums = sums};
    const axl_status status = slide(&s, err);
    give_memory(&s);
    return status;
}

// ---- both ----

static eval_score score_of(uint64_t bytes, double bits) {
    return (eval_score){bytes, bits, bytes ? bits / (double)bytes : (double)NAN};
}

axl_status eval_bpb_run(const eval_bpb *a, eval_score *scores, eval_score *total, axl_error *err) {
    double *sums = mem_zalloc_array(a->count, sizeof *sums);
    if (!sums) return error_no_memory(err, "results", a->count * sizeof *sums);
    const axl_status status =
        a->way == EVAL_SLIDING ? run_sliding(a, sums, err) : eval_strided_run(a, sums, err);
    uint64_t bytes = 0;
    double bits = 0;
    for (size_t i = 0; i < a->count; i++) {
        scores[i] = score_of(a->list[i].bytes - a->list[i].given, sums[i] / log(2));
        bytes += scores[i].bytes;
        bits += scores[i].bits;
    }
    *total = score_of(bytes, bits);
    mem_free(sums);
    return status;
}
