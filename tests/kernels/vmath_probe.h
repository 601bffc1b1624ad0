// Vector functions of kernels/loops/vmath.h called from outside, one copy a level.
#ifndef AXL_TESTS_VMATH_PROBE_H
#define AXL_TESTS_VMATH_PROBE_H

#include <stddef.h>

// y[i] = exp(x[i]), i < n, n a multiple of 16
typedef void vmath_probe_fn(float *y, const float *x, size_t n);

#endif
