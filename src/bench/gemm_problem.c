#include "bench/gemm_problem.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define CHECKED 256 // entries that are compared with the reference

const char *gemm_form_name(gemm_form form) {
    static const char *const names[GEMM_FORMS] = {"forward", "dX", "dW"};
    return form < GEMM_FORMS ? names[form] : "unknown";
}

gemm_problem gemm_problem_of(const gemm_layer *l, gemm_form form, float *c) {
    gemm_problem p = {.bf16 = l->bf16, .form = form, .m = l->m, .n = l->n, .k = l->k, .c = c};
    switch (form) {
    case GEMM_DX: // dX [m, k] = dY [m, n] W [n, k]
        p.rows = l->m, p.cols = l->k, p.depth = l->n;
        p.a = l->dy, p.a_row = l->n, p.a_col = 1;
        p.b = l->w, p.b_row = l->k, p.b_col = 1;
        break;
    case GEMM_DW: // dW [n, k] = dY^T [n, m] X [m, k]
        p.rows = l->n, p.cols = l->k, p.depth = l->m;
        p.a = l->dy, p.a_row = 1, p.a_col = l->n;
        p.b = l->x, p.b_row = l->k, p.b_col = 1;
        break;
    default: // Y [m, n] = X [m, k] W^T [k, n]
        p.rows = l->m, p.cols = l->n, p.depth = l->k;
        p.a = l->x, p.a_row = l->k, p.a_col = 1;
        p.b = l->w, p.b_row = 1, p.b_col = l->k;
        break;
    }
    return p;
}

double gemm_problem_tolerance(const gemm_problem *p) {
    return 1e-5 * (double)p->depth;
}

static double element(const void *array, size_t index, bool bf16) {
    if (!bf16) return (double)((const float *)array)[index];
    uint32_t bits = (uint32_t)((const uint16_t *)array)[index] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

// NaN and infinity must not be lost in a maximum.
static double worse(double worst, double difference) {
    if (!isfinite(difference)) return INFINITY;
    return difference > worst ? difference : worst;
}

double gemm_problem_check(const gemm_problem *p) {
    double worst = 0;
    // A step without a common factor with the usual sizes reaches all rows and columns in turn.
    size_t count = p->rows * p->cols, step = count / CHECKED | 1;
    for (size_t at = 0; at < count; at += step) {
        size_t i = at / p->cols, j = at % p->cols;
        double sum = 0;
        for (size_t k = 0; k < p->depth; k++)
            sum += element(p->a, i * p->a_row + k * p->a_col, p->bf16) *
                   element(p->b, k * p->b_row + j * p->b_col, p->bf16);
        worst = worse(worst, fabs(sum - (double)p->c[at]));
    }
    return worst;
}

double gemm_difference(const float *x, const float *y, size_t count) {
    double worst = 0;
    for (size_t i = 0; i < count; i++) worst = worse(worst, fabs((double)x[i] - (double)y[i]));
    return worst;
}
