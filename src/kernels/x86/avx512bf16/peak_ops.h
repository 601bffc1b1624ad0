// How level avx512bf16 multiplies at most. Contract: kernels/scalar/peak_ops.h.
#ifndef AXL_KERNELS_PEAK_OPS_H
#define AXL_KERNELS_PEAK_OPS_H

#include "kernels/x86/simd512.h"

#define PEAK_CHAINS 24
#define PEAK_INT_OPS (2 * 64)
#define PEAK_INT_HOW "vpdpbusd"

typedef m512i peak_int;

static inline peak_int peak_int_set(int x) {
    return M512(set1_epi32)(x);
}
static inline peak_int peak_int_step(peak_int x, peak_int b) {
    return M512(dpbusd_epi32)(x, b, b);
}
static inline float peak_int_value(peak_int x) {
    int lanes[16];
    M512(storeu_si512)(lanes, x);
    return (float)lanes[0];
}

#include "kernels/x86/avx512bf16/peak_bf16.h"

#endif
