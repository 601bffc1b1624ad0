#include "kernels/vmath_probe.h"

#include "kernels/loops/vmath.h"

extern vmath_probe_fn LEVEL(vmath_probe_exp);

void LEVEL(vmath_probe_exp)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += V_WIDTH) v_store(y + i, v_exp(v_load(x + i)));
}
