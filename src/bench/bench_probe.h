// A probe measures one rate of arithmetic. Other benchmarks take turns with it, so that their share
// of the peak compares speeds of the same moment.
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include "bench/bench_run.h"

typedef struct bench_probe {
    peak_rate_fn *fn;
    size_t rounds; // of one task
    double operations;
} bench_probe;

// Finds the rounds that make a task last about the given seconds on one thread.
void bench_probe_init(bench_probe *probe, peak_rate_fn *fn, double seconds);

// G operations a second of all threads of p, or of the caller alone for NULL; four tasks a thread.
double bench_probe_rate(const bench_probe *probe, pool *p);

#endif
