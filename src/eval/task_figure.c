#include "eval/task_figure.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#define TWO_SIDED_95 1.959963984540054 // of the normal distribution

static const task_figure nothing = {(double)NAN, (double)NAN, (double)NAN, 0};

task_figure task_figure_share(uint64_t hits, uint64_t count) {
    if (count == 0) return nothing;
    const double n = (double)count, p = (double)hits / n, z = TWO_SIDED_95;
    const double scale = 1 + z * z / n, middle = p + z * z / (2 * n);
    const double reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    // The ends are exact at 0 and at all; elsewhere rounding must not lead beyond them.
    const double low = hits == 0 ? 0 : (middle - reach) / scale;
    const double high = hits == count ? 1 : (middle + reach) / scale;
    return (task_figure){p, fmax(low, 0), fmin(high, 1), count};
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

// The value of question i, or of the difference there. b may be NULL.
static double value_at(const double *a, const double *b, size_t i) {
    return b ? a[i] - b[i] : a[i];
}

// A question without a number is drawn as often as any other and counts for nothing, so no list of
// the others is needed.
static task_figure mean_of(const double *a, const double *b, size_t count, uint64_t seed) {
    double mean[TASK_DRAWS], sum = 0;
    size_t drawn = 0, known = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = value_at(a, b, i);
        if (isnan(value)) continue;
        sum += value;
        known++;
    }
    if (known == 0) return nothing;
    for (size_t k = 0; k < TASK_DRAWS && known >= TASK_LEAST; k++) {
        double part = 0;
        size_t got = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t at = (size_t)rng_below(rng_key(seed, k), i, count);
            const double value = value_at(a, b, at);
            if (isnan(value)) continue;
            part += value;
            got++;
        }
        if (got > 0) mean[drawn++] = part / (double)got;
    }
    task_figure out = {sum / (double)known, (double)NAN, (double)NAN, known};
    if (drawn == 0) return out;
    qsort(mean, drawn, sizeof *mean, ascending);
    out.low = mean[(size_t)(0.025 * (double)(drawn - 1))];
    out.high = mean[(size_t)ceil(0.975 * (double)(drawn - 1))];
    return out;
}

task_figure task_figure_mean(const double *values, size_t count, uint64_t seed) {
    return mean_of(values, NULL, count, seed);
}

task_figure task_figure_gain(const double *a, const double *b, size_t count, uint64_t seed) {
    return mean_of(a, b, count, seed);
}
