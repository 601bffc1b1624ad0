// What it costs to start work on the pool and to wait for its end.
#include "bench/bench_kernels.h"
#include "bench/bench_measure.h"

#include "os/clock.h"
#include "os/thread.h"

#include <stdatomic.h>

#define BATCH 20 // runs that are timed together: reading the clock is not free
#define BATCHES 51
#define PATIENCE 10000 // looks at a thread that does not come, before a task gives up

typedef struct handoff {
    size_t threads;
    atomic_size_t started; // tasks of all runs so far
} handoff;

static void empty_task(void *ctx, size_t task, size_t worker) {
    (void)ctx;
    (void)task;
    (void)worker;
}

// Waits until the tasks of this run have all started: no thread can take two. With more threads
// than processors some may never come while this one waits, hence the patience.
static void meeting_task(void *ctx, size_t task, size_t worker) {
    (void)task;
    (void)worker;
    handoff *h = ctx;
    size_t mine = atomic_fetch_add(&h->started, 1);
    size_t goal = (mine / h->threads + 1) * h->threads;
    for (size_t i = 0; i < PATIENCE && atomic_load(&h->started) < goal; i++) os_cpu_relax();
}

static double median_us(const bench_run *run, pool_task *fn, void *ctx) {
    double us[BATCHES];
    const size_t batches = run->quick ? 5 : BATCHES, batch = run->quick ? 10 : BATCH;
    for (size_t b = 0; b <= batches; b++) {
        uint64_t start = os_clock_ns();
        for (size_t i = 0; i < batch; i++) pool_run(run->pool, run->threads, fn, ctx);
        double spent = (double)(os_clock_ns() - start) * 1e-3 / (double)batch;
        if (b > 0) us[b - 1] = spent; // the first one warms up
    }
    return bench_median(us, batches);
}

void bench_dispatch(const bench_run *run, axl_bench_kernels_result *out) {
    handoff h = {.threads = run->threads};
    out->dispatch_us = median_us(run, empty_task, NULL);
    out->handoff_us = median_us(run, meeting_task, &h);
}
