// The forward pass of a query by itself, as in decoding: keys and values are read where they lie,
// since packing them would cost more than the products.
#ifndef AXL_KERNELS_ATTENTION_FEW_H
#define AXL_KERNELS_ATTENTION_FEW_H

#include "kernels/loops/attention_pack.h"

#define FEW_STEP 4 // keys, or vectors of a value, at a time

// out[j] = q . k[j] for rows keys; at most FEW_STEP of them.
static inline void few_dots(float *out, const float *q, const matrix *k, const size_t rows) {
    vf sum[FEW_STEP];
    for (size_t r = 0; r < FEW_STEP; r++) sum[r] = v_zero();
    size_t i = 0;
    for (; i + V_WIDTH <= k->columns; i += V_WIDTH) {
        const vf x = v_load(q + i);
        for (size_t r = 0; r < rows; r++) sum[r] = v_fma(x, v_load(k->p + r * k->ld + i), sum[r]);
    }
    if (i < k->columns) {
        const size_t left = k->columns - i;
        const vf x = v_load_n(q + i, left);
        for (size_t r = 0; r < rows; r++)
            sum[r] = v_fma(x, v_load_n(k->p + r * k->ld + i, left), sum[r]);
    }
    for (size_t r = 0; r < rows; r++) out[r] = v_sum(sum[r]);
}

// out[j] = q . k[j]
static void few_scores(float *out, const float *q, const matrix *k) {
    matrix part = *k;
    size_t j = 0;
    for (; j + FEW_STEP <= k->rows; j += FEW_STEP, part.p += FEW_STEP * k->ld)
        few_dots(out + j, q, &part, FEW_STEP);
    for (; j < k->rows; j++, part.p += k->ld) few_dots(out + j, q, &part, 1);
}

// o += sum of p[j] v[j]
static void few_values(float *o, const float *p, const matrix *v) {
    const size_t n = v->columns;
    size_t i = 0;
    for (; i + FEW_STEP * V_WIDTH <= n; i += FEW_STEP * V_WIDTH) {
        vf sum[FEW_STEP];
        for (size_t c = 0; c < FEW_STEP; c++) sum[c] = v_load(o + i + c * V_WIDTH);
        for (size_t j = 0; j < v->rows; j++) {
            const float *row = v->p + j * v->ld + i;
            const vf w = v_set1(p[j]);
            for (size_t c = 0; c < FEW_STEP; c++)
                sum[c] = v_fma(w, v_load(row + c * V_WIDTH), sum[c]);
        }
        for (size_t c = 0; c < FEW_STEP; c++) v_store(o + i + c * V_WIDTH, sum[c]);
    }
    for (; i < n; i += V_WIDTH) {
        const size_t left = size_least(n - i, V_WIDTH);
        vf sum = v_load_n(o + i, left);
        for (size_t j = 0; j < v->rows; j++)
            sum = v_fma(v_set1(p[j]), v_load_n(v->p + j * v->ld + i, left), sum);
        v_store_n(o + i, sum, left);
    }
}

#endif
