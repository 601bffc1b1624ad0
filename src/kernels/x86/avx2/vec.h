// The vector type of level avx2 (with fma and f16c): eight floats. Contract: kernels/scalar/vec.h.
#ifndef AXL_KERNELS_VEC_H
#define AXL_KERNELS_VEC_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define V_WIDTH 8
#define TILE_M 6
#define TILE_NV 2

typedef __m256 vf;
typedef __m256i vi;

// All bits set in the first n lanes.
static inline __m256i v_mask(size_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
static inline vf v_zero(void) {
    return _mm256_setzero_ps();
}
static inline vf v_set1(float x) {
    return _mm256_set1_ps(x);
}
static inline vf v_load(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline void v_store(float *p, vf a) {
    _mm256_storeu_ps(p, a);
}
static inline vf v_load_n(const float *p, size_t n) {
    return _mm256_maskload_ps(p, v_mask(n));
}
static inline void v_store_n(float *p, vf a, size_t n) {
    _mm256_maskstore_ps(p, v_mask(n), a);
}
static inline vf v_add(vf a, vf b) {
    return _mm256_add_ps(a, b);
}
static inline vf v_sub(vf a, vf b) {
    return _mm256_sub_ps(a, b);
}
static inline vf v_mul(vf a, vf b) {
    return _mm256_mul_ps(a, b);
}
static inline vf v_div(vf a, vf b) {
    return _mm256_div_ps(a, b);
}
static inline vf v_fma(vf a, vf b, vf c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vf v_fnma(vf a, vf b, vf c) {
    return _mm256_fnmadd_ps(a, b, c);
}
static inline vf v_max(vf a, vf b) {
    return _mm256_max_ps(a, b);
}
static inline vf v_min(vf a, vf b) {
    return _mm256_min_ps(a, b);
}
static inline vf v_sqrt(vf a) {
    return _mm256_sqrt_ps(a);
}
static inline vf v_abs(vf a) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
static inline vf v_sign(vf a) {
    const vf zero = _mm256_setzero_ps();
    vf r = _mm256_blendv_ps(a, _mm256_set1_ps(1), _mm256_cmp_ps(a, zero, _CMP_GT_OQ));
    return _mm256_blendv_ps(r, _mm256_set1_ps(-1), _mm256_cmp_ps(a, zero, _CMP_LT_OQ));
}
static inline vf v_round(vf a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vf v_pow2(vf n) {
    __m256i i = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(i, 23));
}
static inline vf v_pow2_sum(vf t) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(t), 23));
}
static inline float v_sum(vf a) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
static inline float v_hmax(vf a) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}
static inline vf v_swap(vf a) {
    return _mm256_permute_ps(a, 0xb1);
}
static inline vf v_from_bf16(__m128i h) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}
static inline __m128i v_to_bf16(vf a) {
    __m256i u = _mm256_castps_si256(a);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
    __m256i even = _mm256_add_epi32(u, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i quiet = _mm256_or_si256(u, _mm256_set1_epi32(0x400000));
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    u = _mm256_srli_epi32(_mm256_blendv_epi8(even, quiet, nan), 16);
    u = _mm256_permute4x64_epi64(_mm256_packus_epi32(u, u), 0x08);
    return _mm256_castsi256_si128(u);
}
static inline vf v_load_bf16(const uint16_t *p) {
    return v_from_bf16(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline void v_store_bf16(uint16_t *p, vf a) {
    _mm_storeu_si128((__m128i *)(void *)p, v_to_bf16(a));
}
// There is no masked 16-bit load: the lanes go through a small buffer.
static inline __m128i v_gather_h(const uint16_t *p, size_t n) {
    uint16_t t[V_WIDTH] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return _mm_loadu_si128((const __m128i *)(const void *)t);
}
static inline void v_scatter_h(uint16_t *p, __m128i h, size_t n) {
    uint16_t t[V_WIDTH];
    _mm_storeu_si128((__m128i *)(void *)t, h);
    for (size_t i = 0; i < n; i++) p[i] = t[i];
}
static inline vf v_load_bf16_n(const uint16_t *p, size_t n) {
    return v_from_bf16(v_gather_h(p, n));
}
static inline void v_store_bf16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, v_to_bf16(a), n);
}
static inline vf v_load_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline vf v_load_f16_n(const uint16_t *p, size_t n) {
    return _mm256_cvtph_ps(v_gather_h(p, n));
}
static inline void v_store_f16(uint16_t *p, vf a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
}
static inline void v_store_f16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT), n);
}

#include "kernels/x86/transpose.h"

#endif
