#include "quant/quant_case.h"

#include "base/rng.h"

#include <math.h>

const dtype quant_types[QUANT_TYPES] = {DTYPE_Q8_0, DTYPE_Q5_0, DTYPE_Q4_K, DTYPE_Q6_K};

void quant_numbers(float *out, size_t n, int shape) {
    rng_fill_normal(rng_key(1, 1), 0, out, n);
    for (size_t i = 0; i < n; i++) {
        if (shape == 1) out[i] *= out[i] * out[i] * 0.02f;
        if (shape == 2) out[i] = out[i] * 0.03f + 0.02f;
    }
}

void quant_importance(float *out, size_t cols) {
    rng_fill_normal(rng_key(2, 1), 0, out, cols);
    for (size_t i = 0; i < cols; i++) out[i] = out[i] * out[i] + 0.05f;
}

double quant_error(const quant_compared *c, const float *importance) {
    double sum = 0;
    const size_t n = c->rows * c->cols;
    for (size_t i = 0; i < n; i++) {
        const double left = (double)c->x[i] - (double)c->y[i];
        sum += left * left * (importance ? (double)importance[i % c->cols] : 1);
    }
    return sqrt(sum / (double)n);
}
