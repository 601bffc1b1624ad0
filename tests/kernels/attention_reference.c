#include "kernels/attention_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Every array of the reference in one list, so that allocation and freeing cannot differ.
#define ARRAYS 21
static void arrays(reference *r, double **list[ARRAYS], size_t counts[ARRAYS]) {
    const size_t q = r->queries * r->size, k = r->keys * r->size;
    double **const all[ARRAYS] = {
        &r->q,      &r->d_o,      &r->o,        &r->o_sum,        &r->dq,
        &r->dq_sum, &r->k,        &r->v,        &r->dk,           &r->dv,
        &r->dk_sum, &r->dv_sum,   &r->null_k,   &r->null_v,       &r->max,
        &r->sum,    &r->d_null_k, &r->d_null_v, &r->d_null_k_sum, &r->d_null_v_sum,
        &r->p};
    for (size_t i = 0; i < ARRAYS; i++) {
        list[i] = all[i];
        counts[i] = i < 6 ? q : i < 12 ? k : i < 14 || i > 15 ? r->size : r->queries;
    }
    counts[20] = r->keys + 1;
}

void reference_alloc(reference *r) {
    double **list[ARRAYS];
    size_t counts[ARRAYS];
    arrays(r, list, counts);
    for (size_t i = 0; i < ARRAYS; i++) *list[i] = calloc(counts[i], sizeof(double));
}

void reference_free(reference *r) {
    double **list[ARRAYS];
    size_t counts[ARRAYS];
    arrays(r, list, counts);
    for (size_t i = 0; i < ARRAYS; i++) free(*list[i]);
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double dot_sum(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(a[i] * b[i]);
    return sum;
}

// A row of a result and of the magnitudes behind it.
typedef struct total {
    double *sum, *magnitude;
} total;

static total row(double *sum, double *magnitude, size_t at) {
    return (total){sum + at, magnitude + at};
}

// sum += f x and magnitude += g |x|
static void add(total to, double f, double g, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to.sum[i] += f * x[i];
        to.magnitude[i] += g * fabs(x[i]);
    }
}

// Key j of query t, the null key for j = keys; NULL where it is not seen.
static const double *key(const reference *r, const double *rows, const double *null, size_t t,
                         size_t j) {
    if (j == r->keys) return r->null ? null : NULL;
    return r->sees[t * r->keys + j] ? rows + j * r->size : NULL;
}

// Scores, then weights, of query t into r->p. False where it sees nothing.
static bool weigh(reference *r, size_t t) {
    bool any = false;
    r->max[t] = r->sum[t] = 0;
    for (size_t j = 0; j <= r->keys; j++) {
        const double *k = key(r, r->k, r->null_k, t, j);
        if (!k) continue;
        r->p[j] = r->scale * dot(r->q + t * r->size, k, r->size);
        if (!any || r->p[j] > r->max[t]) r->max[t] = r->p[j];
        any = true;
    }
    for (size_t j = 0; j <= r->keys; j++)
        if (key(r, r->k, r->null_k, t, j)) r->sum[t] += r->p[j] = exp(r->p[j] - r->max[t]);
    for (size_t j = 0; j <= r->keys; j++) r->p[j] /= r->sum[t];
    return any;
}

void reference_forward(reference *r) {
    const size_t n = r->size;
    memset(r->o, 0, r->queries * n * sizeof(double));
    memset(r->o_sum, 0, r->queries * n * sizeof(double));
    for (size_t t = 0; t < r->queries; t++) {
        if (!weigh(r, t)) continue;
        for (size_t j = 0; j <= r->keys; j++) {
            const double *v = key(r, r->v, r->null_v, t, j);
            if (v) add(row(r->o, r->o_sum, t * n), r->p[j], r->p[j], v, n);
        }
    }
}

double reference_loss(reference *r) {
    reference_forward(r);
    return dot(r->o, r->d_o, r->queries * r->size);
}

void reference_backward(reference *r) {
    const size_t n = r->size;
    reference_forward(r);
    for (size_t t = 0; t < r->queries; t++) {
        if (!weigh(r, t)) continue;
        const double *q = r->q + t * n, *g = r->d_o + t * n;
        const double d = dot(g, r->o + t * n, n), d_sum = dot_sum(g, r->o_sum + t * n, n);
        for (size_t j = 0; j <= r->keys; j++) {
            const double *k = key(r, r->k, r->null_k, t, j), *v = key(r, r->v, r->null_v, t, j);
            if (!k) continue;
            const bool null = j == r->keys;
            total dk = null ? row(r->d_null_k, r->d_null_k_sum, 0) : row(r->dk, r->dk_sum, j * n);
            total dv = null ? row(r->d_null_v, r->d_null_v_sum, 0) : row(r->dv, r->dv_sum, j * n);
            double ds = r->scale * r->p[j] * (dot(g, v, n) - d);
            double ds_sum = fabs(r->scale) * r->p[j] * (dot_sum(g, v, n) + d_sum);
            add(dv, r->p[j], r->p[j], g, n);
            add(dk, ds, ds_sum, q, n);
            add(row(r->dq, r->dq_sum, t * n), ds, ds_sum, k, n);
        }
    }
}
