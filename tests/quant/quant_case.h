// What the tests of quantising share: the types, numbers to quantise, errors.
#ifndef AXL_TESTS_QUANT_CASE_H
#define AXL_TESTS_QUANT_CASE_H

#include "tensor/dtype.h"

#define QUANT_TYPES 4
extern const dtype quant_types[QUANT_TYPES];

// Kinds of weights: normal; normal with rare large ones; small beside an offset.
#define QUANT_SHAPES 3
void quant_numbers(float *out, size_t n, int shape);

// Importances >= 0.05 for cols columns.
void quant_importance(float *out, size_t cols);

// The root of the mean of weight * (x - y)^2 over [rows, cols]; importance [cols] or NULL: 1.
typedef struct quant_compared {
    const float *x, *y;
    size_t rows, cols;
} quant_compared;
double quant_error(const quant_compared *c, const float *importance);

#endif
