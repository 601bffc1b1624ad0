// The searches behind quantize_rows.h, over the numbers of one scale.
#ifndef QUANT_BLOCK_FIT_H
#define QUANT_BLOCK_FIT_H

#include <stddef.h>
#include <stdint.h>

#define FIT_MOST 32 // numbers of one fit

// Weighted numbers: n <= FIT_MOST, weights >= 0.
typedef struct fit_numbers {
    const float *x, *weight;
    size_t n;
} fit_numbers;

// The scale s whose multiples s * q, -limit <= q < limit, come closest to x. 0 where all numbers
// that have a weight are 0.
float fit_symmetric(const fit_numbers *a, int limit);

// x is about step * q - low with 0 <= q <= most and step, low >= 0.
typedef struct fit_affine {
    float step, low;
} fit_affine;
fit_affine fit_affine_find(const fit_numbers *a, int most);

// The closest q for given scales, and the weighted square of what is then left.
double fit_round_symmetric(const fit_numbers *a, float s, int limit, int8_t *q);
double fit_round_affine(const fit_numbers *a, fit_affine with, int most, int8_t *q);

#endif
