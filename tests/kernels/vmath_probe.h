// Vector functions of kernels/loops/vmath.h called from outside, one copy a level.
#ifndef AXL_TESTS_VMATH_PROBE_H
#define AXL_TESTS_VMATH_PROBE_H

#include <stddef.h>

// y[i] = f(x[i]), i < n, n a multiple of 16
typedef void vmath_probe_fn(float *y, const float *x, size_t n);

typedef struct vmath_probe {
    vmath_probe_fn *exp, *exp_falling;
} vmath_probe;

#endif
