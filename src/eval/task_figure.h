// Figures over many answers, each with an interval that holds the true one, of other projects than
// these, in 95 of 100 cases.
#ifndef EVAL_TASK_FIGURE_H
#define EVAL_TASK_FIGURE_H

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_DRAWS 1000 // samples of the bootstrap
#define TASK_LEAST 20   // values below which the mean of them has no interval

// low and high are NAN where there is no interval, all three where count is 0.
typedef struct task_figure {
    double value, low, high;
    uint64_t count; // answers that it is about
} task_figure;

// Borrows everything. Questions of one project are by the same hands and about the same things: all
// of them say little more than one does, so a bootstrap draws whole projects and takes the mean of
// all values that are in them.
typedef struct task_sample {
    const double *value;   // [count], NAN: has none
    const double *against; // [count], what is taken off each value; NULL: nothing
    const size_t *group;   // [count], the first question of the same project; NULL: each by itself
    size_t count;
} task_sample;

// The interval of Wilson for hits of count that have nothing to do with each other.
task_figure task_figure_share(uint64_t hits, uint64_t count);

// The mean of those values that are numbers, all of them 0 or 1. Wilson's interval where no two are
// of one project; else the percentile interval of the bootstrap, where Wilson's does not reach
// further: the bootstrap says nothing where all values are alike. None where all are of one
// project. Draws depend on nothing but how many projects there are.
axl_status task_figure_hits(task_figure *out, const task_sample *s, axl_error *err);

// The mean of those values that are numbers, with the percentile interval of the bootstrap, from
// TASK_LEAST values of two projects on. With `against`: whether one is better than the other on the
// same questions.
axl_status task_figure_mean(task_figure *out, const task_sample *s, axl_error *err);

#endif
