// The vector type of level avx512 (F, BW, DQ, VL): sixteen floats. Contract: kernels/scalar/vec.h.
#ifndef AXL_KERNELS_VEC_H
#define AXL_KERNELS_VEC_H

#include "kernels/x86/simd512.h"
#include <stddef.h>
#include <stdint.h>

#define V_WIDTH 16
#define TILE_M 12
#define TILE_NV 2

typedef m512 vf;
typedef m512i vi;

static inline __mmask16 v_mask(size_t n) {
    return (__mmask16)((1u << n) - 1u);
}
static inline vf v_zero(void) {
    return M512(setzero_ps)();
}
static inline vf v_set1(float x) {
    return M512(set1_ps)(x);
}
static inline vf v_load(const float *p) {
    return M512(loadu_ps)(p);
}
static inline void v_store(float *p, vf a) {
    M512(storeu_ps)(p, a);
}
static inline vf v_load_n(const float *p, size_t n) {
    return M512(maskz_loadu_ps)(v_mask(n), p);
}
static inline void v_store_n(float *p, vf a, size_t n) {
    M512(mask_storeu_ps)(p, v_mask(n), a);
}
static inline vf v_add(vf a, vf b) {
    return M512(add_ps)(a, b);
}
static inline vf v_sub(vf a, vf b) {
    return M512(sub_ps)(a, b);
}
static inline vf v_mul(vf a, vf b) {
    return M512(mul_ps)(a, b);
}
static inline vf v_div(vf a, vf b) {
    return M512(div_ps)(a, b);
}
static inline vf v_fma(vf a, vf b, vf c) {
    return M512(fmadd_ps)(a, b, c);
}
static inline vf v_fnma(vf a, vf b, vf c) {
    return M512(fnmadd_ps)(a, b, c);
}
static inline vf v_max(vf a, vf b) {
    return M512(max_ps)(a, b);
}
static inline vf v_min(vf a, vf b) {
    return M512(min_ps)(a, b);
}
static inline vf v_sqrt(vf a) {
    return M512(sqrt_ps)(a);
}
static inline vf v_abs(vf a) {
    return M512(castsi512_ps)(M512(and_si512)(M512(castps_si512)(a), M512(set1_epi32)(0x7fffffff)));
}
static inline vf v_sign(vf a) {
    vf r = M512(mask_mov_ps)(a, M512(cmp_ps_mask)(a, v_zero(), _CMP_GT_OQ), v_set1(1));
    return M512(mask_mov_ps)(r, M512(cmp_ps_mask)(a, v_zero(), _CMP_LT_OQ), v_set1(-1));
}
static inline vf v_round(vf a) {
    return M512(roundscale_ps)(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vf v_pow2(vf n) {
    vi i = M512(add_epi32)(M512(cvtps_epi32)(n), M512(set1_epi32)(127));
    return M512(castsi512_ps)(M512(slli_epi32)(i, 23));
}
static inline vf v_pow2_sum(vf t) {
    return M512(castsi512_ps)(M512(slli_epi32)(M512(castps_si512)(t), 23));
}
static inline __m256 v_low(vf a) {
    return M512(castps512_ps256)(a);
}
static inline __m256 v_high(vf a) {
    return M512(extractf32x8_ps)(a, 1);
}
static inline float v_sum(vf a) {
    __m256 y = _mm256_add_ps(v_low(a), v_high(a));
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
static inline float v_hmax(vf a) {
    __m256 y = _mm256_max_ps(v_low(a), v_high(a));
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}
static inline vf v_swap(vf a) {
    return M512(permute_ps)(a, 0xb1);
}
static inline vf v_from_bf16(__m256i h) {
    return M512(castsi512_ps)(M512(slli_epi32)(M512(cvtepu16_epi32)(h), 16));
}
static inline __m256i v_to_bf16(vf a) {
    vi u = M512(castps_si512)(a);
    vi odd = M512(and_si512)(M512(srli_epi32)(u, 16), M512(set1_epi32)(1));
    vi even = M512(add_epi32)(u, M512(add_epi32)(odd, M512(set1_epi32)(0x7fff)));
    vi quiet = M512(or_si512)(u, M512(set1_epi32)(0x400000));
    u = M512(mask_mov_epi32)(even, M512(cmp_ps_mask)(a, a, _CMP_UNORD_Q), quiet);
    return M512(cvtepi32_epi16)(M512(srli_epi32)(u, 16));
}
static inline __m256i v_load_h(const uint16_t *p) {
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
static inline __m256i v_gather_h(const uint16_t *p, size_t n) {
    uint16_t t[V_WIDTH] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return _mm256_loadu_si256((const __m256i *)(const void *)t);
}
static inline void v_scatter_h(uint16_t *p, __m256i h, size_t n) {
    uint16_t t[V_WIDTH];
    _mm256_storeu_si256((__m256i *)(void *)t, h);
    for (size_t i = 0; i < n; i++) p[i] = t[i];
}
static inline vf v_load_bf16(const uint16_t *p) {
    return v_from_bf16(v_load_h(p));
}
static inline vf v_load_bf16_n(const uint16_t *p, size_t n) {
    return v_from_bf16(v_gather_h(p, n));
}
static inline void v_store_bf16(uint16_t *p, vf a) {
    _mm256_storeu_si256((__m256i *)(void *)p, v_to_bf16(a));
}
static inline void v_store_bf16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, v_to_bf16(a), n);
}
static inline vf v_load_f16(const uint16_t *p) {
    return M512(cvtph_ps)(v_load_h(p));
}
static inline vf v_load_f16_n(const uint16_t *p, size_t n) {
    return M512(cvtph_ps)(v_gather_h(p, n));
}
static inline __m256i v_to_f16(vf a) {
    return M512(cvtps_ph)(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline void v_store_f16(uint16_t *p, vf a) {
    _mm256_storeu_si256((__m256i *)(void *)p, v_to_f16(a));
}
static inline void v_store_f16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, v_to_f16(a), n);
}

#include "kernels/x86/transpose.h"

#endif
