// Figures over many answers, each with an interval that holds the true one in 95 of 100 cases.
#ifndef EVAL_TASK_FIGURE_H
#define EVAL_TASK_FIGURE_H

#include <stddef.h>
#include <stdint.h>

#define TASK_DRAWS 1000 // samples of the bootstrap
#define TASK_LEAST 20   // values below which a bootstrap says nothing: no interval

// low and high are NAN where there is no interval, all three where count is 0.
typedef struct task_figure {
    double value, low, high;
    uint64_t count; // answers that it is about
} task_figure;

// hits of count, with the interval of Wilson.
task_figure task_figure_share(uint64_t hits, uint64_t count);

// The mean of those of values[count] that are numbers, with the percentile interval of a bootstrap
// whose draws depend on the seed alone.
task_figure task_figure_mean(const double *values, size_t count, uint64_t seed);

// The mean of a[i] - b[i] in the same way, over those i where both are numbers: whether a is better
// than b on the same questions.
task_figure task_figure_gain(const double *a, const double *b, size_t count, uint64_t seed);

#endif
