// How level avx512 multiplies at most. Contract: kernels/scalar/peak_ops.h.
#ifndef AXL_KERNELS_PEAK_OPS_H
#define AXL_KERNELS_PEAK_OPS_H

#include "kernels/x86/simd512.h"

#define PEAK_CHAINS 24
#define PEAK_INT_OPS (2 * 64)
#define PEAK_INT_HOW "vpmaddubsw"

typedef m512i peak_int;

static inline peak_int peak_int_set(int x) {
    return M512(set1_epi32)(x);
}
static inline peak_int peak_int_step(peak_int x, peak_int b) {
    m512i pairs = M512(maddubs_epi16)(x, b), ones = M512(set1_epi32)(0x00010001);
    return M512(add_epi32)(x, M512(madd_epi16)(pairs, ones));
}
static inline float peak_int_value(peak_int x) {
    int lanes[16];
    M512(storeu_si512)(lanes, x);
    return (float)lanes[0];
}

#endif
