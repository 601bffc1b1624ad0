#include "eval/task_figure.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define TWO_SIDED_95 1.959963984540054 // of the normal distribution
#define SEED 7                         // the same answers have the same intervals

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

// ---- projects ----

typedef struct project {
    double sum; // of its values
    size_t questions, known;
} project;

typedef struct projects {
    project *list; // [count], owned
    size_t count, with_values, known;
    double sum;
} projects;

// A question without a number is drawn like any other and counts for nothing.
static axl_status gather(projects *out, const task_sample *s, axl_error *err) {
    *out = (projects){.list = mem_zalloc_array(s->count, sizeof *out->list)};
    if (!out->list) return error_no_memory(err, "projects", s->count * sizeof *out->list);
    for (size_t i = 0; i < s->count; i++) {
        project *p = &out->list[s->group ? s->group[i] : i];
        const double value = s->against ? s->value[i] - s->against[i] : s->value[i];
        p->questions++;
        if (isnan(value)) continue;
        p->sum += value;
        p->known++;
        out->sum += value;
        out->known++;
    }
    for (size_t i = 0; i < s->count; i++) {
        if (out->list[i].questions == 0) continue;
        out->with_values += out->list[i].known > 0;
        out->list[out->count++] = out->list[i];
    }
    return AXL_OK;
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

// Samples of as many projects as there are, each drawn from all of them.
static void draw_interval(task_figure *f, const projects *all) {
    double mean[TASK_DRAWS];
    size_t drawn = 0;
    for (size_t k = 0; k < TASK_DRAWS; k++) {
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < all->count; i++) {
            const project *p = &all->list[rng_below(rng_key(SEED, k), i, all->count)];
            sum += p->sum;
            known += p->known;
        }
        if (known > 0) mean[drawn++] = sum / (double)known;
    }
    if (drawn == 0) return;
    qsort(mean, drawn, sizeof *mean, ascending);
    f->low = mean[(size_t)(0.025 * (double)(drawn - 1))];
    f->high = mean[(size_t)ceil(0.975 * (double)(drawn - 1))];
}

// ---- figures ----

axl_status task_figure_hits(task_figure *out, const task_sample *s, axl_error *err) {
    projects all;
    FORWARD(gather(&all, s, err));
    const task_figure alone = task_figure_share((uint64_t)(all.sum + 0.5), all.known);
    *out = alone;
    if (all.with_values < all.known) {
        out->low = out->high = (double)NAN;
        if (all.with_values > 1) draw_interval(out, &all);
        if (!isnan(out->low)) {
            out->low = fmin(out->low, alone.low);
            out->high = fmax(out->high, alone.high);
        }
    }
    mem_free(all.list);
    return AXL_OK;
}

axl_status task_figure_mean(task_figure *out, const task_sample *s, axl_error *err) {
    projects all;
    FORWARD(gather(&all, s, err));
    *out = nothing;
    if (all.known > 0)
        *out = (task_figure){all.sum / (double)all.known, (double)NAN, (double)NAN, all.known};
    if (all.known >= TASK_LEAST && all.with_values > 1) draw_interval(out, &all);
    mem_free(all.list);
    return AXL_OK;
}
