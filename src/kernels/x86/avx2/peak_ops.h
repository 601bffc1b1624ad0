// How level avx2 multiplies at most. Contract: kernels/scalar/peak_ops.h.
#ifndef AXL_KERNELS_PEAK_OPS_H
#define AXL_KERNELS_PEAK_OPS_H

#include <immintrin.h>

#define PEAK_CHAINS 12
#define PEAK_INT_OPS (2 * 32)
#define PEAK_INT_HOW "vpmaddubsw"

typedef __m256i peak_int;

static inline peak_int peak_int_set(int x) {
    return _mm256_set1_epi32(x);
}
static inline peak_int peak_int_step(peak_int x, peak_int b) {
    __m256i pairs = _mm256_maddubs_epi16(x, b);
    return _mm256_add_epi32(x, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
static inline float peak_int_value(peak_int x) {
    return (float)_mm256_extract_epi32(x, 0);
}

#endif
