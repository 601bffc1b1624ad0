// How level avx2 multiplies bytes: unsigned times signed, neighbours added in 16 bits. Contract:
// kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD_H
#define AXL_KERNELS_QUAD_H

typedef __m256i quad_w;
typedef __m256i quad_x;
typedef __m256i quad_s; // pairs, in 16 bits: eight quads of nibbles reach 8 * 2 * 15 * 127 = 30480

static inline quad_w quad_load(const void *p) {
    return _mm256_loadu_si256(p);
}
static inline quad_x quad_take(const int8_t *q) {
    int quad;
    __builtin_memcpy(&quad, q, sizeof quad);
    return _mm256_set1_epi32(quad);
}
static inline vi quad_eight_start(int32_t sum) {
    (void)sum;
    return _mm256_setzero_si256();
}
static inline vi quad_pairs(vi pairs) {
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
// |w| times x with the sign of w. |-128| is 128 as an unsigned byte, and 2 * 128 * 127 < 2^15.
static inline vi quad_eight(vi s, quad_w w, quad_x x) {
    const vi pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_add_epi32(s, quad_pairs(pairs));
}
static inline quad_s quad_four_start(void) {
    return _mm256_setzero_si256();
}
static inline quad_s quad_low(quad_s s, quad_w w, quad_x x) {
    const vi q = _mm256_and_si256(w, _mm256_set1_epi8(15));
    return _mm256_add_epi16(s, _mm256_maddubs_epi16(q, x));
}
static inline quad_s quad_high(quad_s s, quad_w w, quad_x x) {
    return quad_low(s, _mm256_srli_epi16(w, 4), x);
}
static inline vi quad_four_sum(quad_s s) {
    return quad_pairs(s);
}
static inline vf quad_float(vi s) {
    return _mm256_cvtepi32_ps(s);
}
static inline vf quad_u8(const uint8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)p)));
}
static inline vf quad_s8(const int8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)p)));
}

#endif
