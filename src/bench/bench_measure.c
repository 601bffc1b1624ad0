#include "bench/bench_measure.h"

#include "os/clock.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

double bench_block(bench_fn *fn, void *ctx, double least) {
    uint64_t least_ns = (uint64_t)(least * 1e9), start = os_clock_ns(), spent;
    size_t calls = 0;
    do {
        fn(ctx);
        calls++;
        spent = os_clock_ns() - start;
    } while (spent < least_ns);
    // A clock that stood still must not make a speed infinite.
    return (double)(spent ? spent : 1) * 1e-9 / (double)calls;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count) {
    if (count == 0) return 0;
    qsort(values, count, sizeof *values, compare);
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

axl_bench_rate bench_rate_of(double *values, size_t count) {
    axl_bench_rate rate = {0};
    if (count == 0) return rate;
    rate.median = bench_median(values, count);
    rate.min = values[0];
    rate.max = values[count - 1];
    return rate;
}

void bench_mean_add(bench_mean *mean, double value) {
    if (!(value > 0)) return;
    mean->log_sum += log(value);
    mean->count++;
}

double bench_mean_get(const bench_mean *mean) {
    return mean->count ? exp(mean->log_sum / (double)mean->count) : 0;
}
