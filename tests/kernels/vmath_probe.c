#include "kernels/vmath_probe.h"

#include "kernels/loops/vmath.h"

extern const vmath_probe LEVEL(vmath_probe);

static void probe_exp(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += V_WIDTH) v_store(y + i, v_exp(v_load(x + i)));
}

static void probe_exp_falling(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += V_WIDTH) v_store(y + i, v_exp_falling(v_load(x + i)));
}

const vmath_probe LEVEL(vmath_probe) = {probe_exp, probe_exp_falling};
