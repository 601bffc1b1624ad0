#include "eval/eval_logits.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/file.h"
#include "os/map.h"

#include <string.h>

#define PART ((size_t)256) // symbols of a piece of work

typedef struct job {
    const engine *e;
    const eval_logits *a;
    os_map *file;
    os_replace *out;
    stepper *stepper;
    cache cache;
    float *logits; // [PART, V]
    uint8_t *rows; // the same as little-endian bytes
} job;

static void little_endian(uint8_t *to, const float *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        for (size_t b = 0; b < sizeof bits; b++) *to++ = (uint8_t)(bits >> 8 * b);
    }
}

// Symbols first .. first+count-1 of BOS and the file.
static axl_status symbols(const job *j, uint64_t first, uint16_t *ids, size_t count,
                          axl_error *err) {
    uint8_t bytes[PART];
    size_t at = 0;
    if (first == 0) ids[at++] = MODEL_BOS;
    FORWARD(os_map_read(j->file, first + at - 1, bytes, count - at, err));
    for (size_t i = 0; at < count; i++, at++) ids[at] = bytes[i];
    return AXL_OK;
}

static axl_status feed_all(job *j, uint64_t total, axl_error *err) {
    const size_t v = j->e->model.table.config.vocab_size;
    uint16_t ids[PART];
    for (uint64_t done = 0; done < total;) {
        const eval_logits *a = j->a;
        RETURN_IF(a->progress && a->progress(a->progress_ctx, done, total) != 0, err,
                  AXL_INTERRUPTED, "interrupted");
        const size_t part = total - done < PART ? (size_t)(total - done) : PART;
        FORWARD(symbols(j, done, ids, part, err));
        const step_item item = {.ids = ids, .count = part, .wanted = part, .logits = j->logits};
        FORWARD(step_feed(j->stepper, &j->cache, &item, err));
        little_endian(j->rows, j->logits, part * v);
        FORWARD(os_replace_write(j->out, j->rows, part * v * sizeof(float), err));
        done += part;
    }
    return AXL_OK;
}

static axl_status run(job *j, uint64_t *rows, axl_error *err) {
    const size_t v = j->e->model.table.config.vocab_size;
    FORWARD(os_map_open(&j->file, j->a->file, err));
    const uint64_t total = os_map_bytes(j->file) + 1;
    const size_t numbers = PART * v;
    j->logits = mem_alloc_array(numbers, sizeof *j->logits);
    j->rows = mem_alloc_array(numbers, sizeof *j->logits);
    if (!j->logits || !j->rows) return error_no_memory(err, "logits", numbers * sizeof *j->logits);
    FORWARD(engine_stepper(j->e, &j->stepper, &(step_spec){.sequences = 1, .bytes = PART}, err));
    FORWARD(engine_sequence(j->e, &j->cache, err));
    FORWARD(os_replace_begin(&j->out, j->a->out, err));
    FORWARD(feed_all(j, total, err));
    if (rows) *rows = total;
    os_replace *out = j->out;
    j->out = NULL;
    return os_replace_commit(out, err);
}

axl_status eval_logits_run(const engine *e, const eval_logits *a, uint64_t *rows, axl_error *err) {
    job j = {.e = e, .a = a};
    const axl_status status = run(&j, rows, err);
    os_replace_abort(j.out);
    cache_free(&j.cache);
    step_free(j.stepper);
    mem_free(j.logits);
    mem_free(j.rows);
    os_map_close(j.file);
    return status;
}
