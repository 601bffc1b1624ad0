#include "quant/block_fit.h"

#include <math.h>
#include <string.h>

// Candidates for the largest q that the largest number becomes: from below the limit, which cuts
// nothing off, to above it, which cuts the largest off for finer steps.
#define SYMMETRIC_TRIES 12  // on each side of the limit
#define SYMMETRIC_STEP 0.1f // of q
#define AFFINE_TRIES 24
#define AFFINE_FIRST (-1.2f)
#define AFFINE_STEP 0.1f

// To the nearest whole number within a range of few: 1.5 * 2^23 leaves a sum no fraction bits.
static inline float nearest(float x, int lowest, int highest) {
    const float least = (float)lowest, most = (float)highest, magic = 12582912.0f;
    x = x > least ? x : least;
    x = x < most ? x : most;
    return (x + magic) - magic;
}

// A block of weights that are all 0 counts every number alike, so that there is always a fit.
static fit_numbers with_weights(const fit_numbers *a, float same[FIT_MOST]) {
    for (size_t i = 0; i < a->n; i++)
        if (a->weight[i] > 0) return *a;
    for (size_t i = 0; i < a->n; i++) same[i] = 1;
    return (fit_numbers){a->x, same, a->n};
}

double fit_round_symmetric(const fit_numbers *a, float s, int limit, int8_t *q) {
    const float by = s != 0 ? 1 / s : 0;
    double error = 0;
    for (size_t i = 0; i < a->n; i++) {
        q[i] = (int8_t)nearest(a->x[i] * by, -limit, limit - 1);
        const double left = (double)(a->x[i] - s * (float)q[i]);
        error += (double)a->weight[i] * left * left;
    }
    return error;
}

double fit_round_affine(const fit_numbers *a, fit_affine with, int most, int8_t *q) {
    const float by = with.step != 0 ? 1 / with.step : 0;
    double error = 0;
    for (size_t i = 0; i < a->n; i++) {
        q[i] = (int8_t)nearest((a->x[i] + with.low) * by, 0, most);
        const double left = (double)(a->x[i] - (with.step * (float)q[i] - with.low));
        error += (double)a->weight[i] * left * left;
    }
    return error;
}

// For given q the best s is <x, q> / <q, q>, and what it explains of x is <x, q>^2 / <q, q>.
float fit_symmetric(const fit_numbers *given, int limit) {
    float same[FIT_MOST];
    const fit_numbers a = with_weights(given, same);
    float extreme = 0;
    for (size_t i = 0; i < a.n; i++)
        if (fabsf(a.x[i]) > fabsf(extreme)) extreme = a.x[i];
    if (fabsf(extreme) < 1e-30f) return 0;
    double best = 0;
    float scale = 0;
    for (int t = -SYMMETRIC_TRIES; t <= SYMMETRIC_TRIES; t++) {
        // The range reaches one further below zero: the extreme number goes there.
        const float by = -((float)limit + SYMMETRIC_STEP * (float)t) / extreme;
        double xq = 0, qq = 0;
        for (size_t i = 0; i < a.n; i++) {
            const double q = (double)nearest(a.x[i] * by, -limit, limit - 1);
            xq += (double)a.weight[i] * (double)a.x[i] * q;
            qq += (double)a.weight[i] * q * q;
        }
        if (qq > 0 && xq * xq > best * qq) {
            best = xq * xq / qq;
            scale = (float)(xq / qq);
        }
    }
    return scale;
}

// Sums of a weighted line through (q, x).
typedef struct line {
    double w, q, qq, x, xq;
} line;

static fit_affine line_fit(const line *l) {
    const double det = l->w * l->qq - l->q * l->q;
    if (det > 0) {
        const double step = (l->w * l->xq - l->q * l->x) / det;
        const double low = -(l->qq * l->x - l->q * l->xq) / det;
        if (low >= 0 && step >= 0) return (fit_affine){(float)step, (float)low};
    }
    const double step = l->qq > 0 ? l->xq / l->qq : 0; // without an offset
    return (fit_affine){step > 0 ? (float)step : 0, 0};
}

fit_affine fit_affine_find(const fit_numbers *given, int most) {
    float same[FIT_MOST];
    const fit_numbers a = with_weights(given, same);
    float lowest = 0, highest = 0; // an offset only ever lowers
    for (size_t i = 0; i < a.n; i++) {
        lowest = fminf(lowest, a.x[i]);
        highest = fmaxf(highest, a.x[i]);
    }
    const float range = highest - lowest;
    if (range < 1e-30f) return (fit_affine){0, 0};
    fit_affine best = {range / (float)most, -lowest};
    int8_t q[FIT_MOST];
    double least = fit_round_affine(&a, best, most, q);
    for (int t = 0; t < AFFINE_TRIES; t++) {
        const float by = ((float)most + AFFINE_FIRST + AFFINE_STEP * (float)t) / range;
        line l = {0};
        for (size_t i = 0; i < a.n; i++) {
            const double w = (double)a.weight[i], x = (double)a.x[i];
            const double qi = (double)nearest((a.x[i] - lowest) * by, 0, most);
            l.w += w;
            l.q += w * qi;
            l.qq += w * qi * qi;
            l.x += w * x;
            l.xq += w * x * qi;
        }
        const fit_affine fit = line_fit(&l);
        const double error = fit_round_affine(&a, fit, most, q);
        if (error < least) {
            least = error;
            best = fit;
        }
    }
    return best;
}
