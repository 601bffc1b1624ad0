#include "data/batches.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/thread.h"

#define DEPTH_DEFAULT 4

// Batch number i, from 0, lies in place i mod places of the ring. There is one place more than the
// depth: the batch that the caller looks at stays as it is.
struct batches {
    sampler sampler;
    size_t batch, length;
    uint64_t first;
    uint16_t *ids;    // [places, batch, length]
    uint16_t *target; // [places, batch, length]
    size_t places;
    os_mutex lock; // guards what follows
    os_cond changed;
    uint64_t made;  // batches that are done
    uint64_t taken; // batches that the caller has asked for
    bool stop;
    axl_status failed; // what ended the thread; batch `made` would have been the next
    axl_error error;
    os_thread thread;
    bool has_lock, has_cond, runs;
};

// Fills a place; stops between samples.
static axl_status make_batch(batches *b, uint64_t number, axl_error *err) {
    const size_t place = (size_t)(number % b->places) * b->batch * b->length;
    for (size_t i = 0; i < b->batch; i++) {
        const size_t at = place + i * b->length;
        const uint64_t n = b->first + number * b->batch + i;
        os_mutex_lock(&b->lock);
        const bool stop = b->stop;
        os_mutex_unlock(&b->lock);
        RETURN_IF(stop, err, AXL_INTERRUPTED, "reading data was stopped");
        FORWARD(sampler_sample(&b->sampler, n, b->ids + at, b->target + at, err));
    }
    return AXL_OK;
}

// Waits until batch `number` may be made; false when it must not any more.
static bool wait_for_place(batches *b, uint64_t number) {
    os_mutex_lock(&b->lock);
    // The caller looks at batch taken - 1, so that place and those behind it are not free.
    while (!b->stop && number + 1 > b->taken + b->places - 1) os_cond_wait(&b->changed, &b->lock);
    const bool go = !b->stop;
    os_mutex_unlock(&b->lock);
    return go;
}

static void run(void *ctx) {
    batches *b = ctx;
    for (uint64_t number = 0; wait_for_place(b, number); number++) {
        axl_error error = {AXL_OK, ""};
        const axl_status status = make_batch(b, number, &error);
        os_mutex_lock(&b->lock);
        if (status == AXL_OK) {
            b->made++;
        } else {
            b->failed = status;
            b->error = error;
        }
        os_mutex_unlock(&b->lock);
        os_cond_broadcast(&b->changed);
        if (status != AXL_OK) return;
    }
}

axl_status batches_next(batches *b, batch *out, axl_error *err) {
    *out = (batch){0};
    os_mutex_lock(&b->lock);
    const uint64_t number = b->taken;
    while (b->made <= number && b->failed == AXL_OK) os_cond_wait(&b->changed, &b->lock);
    const bool there = b->made > number;
    if (there) b->taken++;
    os_mutex_unlock(&b->lock);
    // The thread that wrote the error has ended.
    RETURN_IF(!there, err, b->failed, "%s", b->error.text);
    os_cond_broadcast(&b->changed);
    const size_t place = (size_t)(number % b->places) * b->batch * b->length;
    out->ids = b->ids + place;
    out->target = b->target + place;
    out->first = b->first + number * b->batch;
    out->next = out->first + b->batch;
    return AXL_OK;
}

static size_t places_of(const batches_options *o) {
    return (o->depth > 0 ? o->depth : DEPTH_DEFAULT) + 1;
}

bool batches_memory(const batches_options *o, size_t *bytes) {
    size_t symbols;
    return size_mul3(places_of(o), o->batch, o->sampler.length, &symbols) &&
           size_mul(symbols, 2 * sizeof(uint16_t), bytes) &&
           size_add(*bytes, sizeof(batches), bytes);
}

static axl_status prepare(batches *b, const batches_options *o, axl_error *err) {
    size_t bytes;
    RETURN_IF(!batches_memory(o, &bytes), err, AXL_TOO_LARGE, "batches of that size");
    const size_t symbols = b->places * b->batch * b->length;
    b->ids = mem_alloc_array(symbols, sizeof *b->ids);
    b->target = mem_alloc_array(symbols, sizeof *b->target);
    if (!b->ids || !b->target) return error_no_memory(err, "batches of data", bytes);
    FORWARD(os_mutex_init(&b->lock, err));
    b->has_lock = true;
    FORWARD(os_cond_init(&b->changed, err));
    b->has_cond = true;
    FORWARD(os_thread_start(&b->thread, run, b, err));
    b->runs = true;
    return AXL_OK;
}

axl_status batches_open(batches **out, const corpus *c, const batches_options *o, axl_error *err) {
    *out = NULL;
    RETURN_IF(o->batch < 1, err, AXL_BAD_ARGUMENT, "a batch must have a sample");
    RETURN_IF(o->depth > BATCHES_DEPTH_MAX, err, AXL_BAD_ARGUMENT, "at most %d batches ahead",
              BATCHES_DEPTH_MAX);
    batches *b = mem_zalloc(sizeof *b);
    if (!b) return error_no_memory(err, "batches of data", sizeof *b);
    b->batch = o->batch;
    b->length = o->sampler.length;
    b->first = o->first;
    b->places = places_of(o);
    axl_status status = sampler_init(&b->sampler, c, &o->sampler, err);
    if (status == AXL_OK) status = prepare(b, o, err);
    if (status == AXL_OK)
        *out = b;
    else
        batches_close(b);
    return status;
}

void batches_close(batches *b) {
    if (!b) return;
    if (b->runs) {
        os_mutex_lock(&b->lock);
        b->stop = true;
        os_mutex_unlock(&b->lock);
        os_cond_broadcast(&b->changed);
        os_thread_join(&b->thread);
    }
    if (b->has_cond) os_cond_free(&b->changed);
    if (b->has_lock) os_mutex_free(&b->lock);
    mem_free(b->ids);
    mem_free(b->target);
    sampler_free(&b->sampler);
    mem_free(b);
}
