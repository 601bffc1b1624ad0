#include "bench/bench_probe.h"

#include "os/clock.h"

#define TASKS_EACH                                                                                 \
    4 // tasks a thread: a thread that loses its core for a moment does not decide all

static double seconds_of(const bench_probe *probe, double *operations) {
    float sink;
    uint64_t start = os_clock_ns();
    *operations = probe->fn(probe->rounds, &sink);
    uint64_t spent = os_clock_ns() - start;
    return (double)(spent ? spent : 1) * 1e-9;
}

void bench_probe_init(bench_probe *probe, peak_rate_fn *fn, double seconds) {
    *probe = (bench_probe){.fn = fn, .rounds = 64};
    double operations;
    seconds_of(probe, &operations); // the first call may have to load code and raise the clock
    double spent = seconds_of(probe, &operations);
    while (spent < seconds / 4 && probe->rounds < SIZE_MAX / 4) {
        probe->rounds *= 2;
        spent = seconds_of(probe, &operations);
    }
    double factor = seconds / spent;
    if (factor > 1) probe->rounds = (size_t)((double)probe->rounds * factor);
    seconds_of(probe, &probe->operations);
}

static void rate_task(void *ctx, size_t task, size_t worker) {
    (void)task;
    (void)worker;
    const bench_probe *probe = ctx;
    float sink;
    probe->fn(probe->rounds, &sink);
}

double bench_probe_rate(const bench_probe *probe, pool *p) {
    size_t tasks = TASKS_EACH * pool_threads(p);
    uint64_t start = os_clock_ns();
    pool_run(p, tasks, rate_task, (void *)(uintptr_t)probe);
    uint64_t spent = os_clock_ns() - start;
    return probe->operations * (double)tasks / (double)(spent ? spent : 1);
}
