// Timing and the statistics of repetitions.
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <axl/bench.h>
#include <stddef.h>

typedef void bench_fn(void *ctx);

// Mean seconds of one call over a block of calls that lasts at least `least` seconds, one call at
// least.
double bench_block(bench_fn *fn, void *ctx, double least);

// The median; sorts values. The mean of the middle two where count is even, 0 for none.
double bench_median(double *values, size_t count);

// Median, smallest and largest; sorts values.
axl_bench_rate bench_rate_of(double *values, size_t count);

// Geometric mean of numbers that come one by one; those that are not positive are left out.
typedef struct bench_mean {
    double log_sum;
    size_t count;
} bench_mean;
void bench_mean_add(bench_mean *mean, double value);
double bench_mean_get(const bench_mean *mean); // 0 for none

#endif
