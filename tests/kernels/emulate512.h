// The AVX-512 functions that kernels/x86 uses, each as two AVX2 halves or a loop over lanes, with
// the meaning that the instruction set's manual gives them. For tests on machines without AVX-512.
#ifndef AXL_TESTS_EMULATE512_H
#define AXL_TESTS_EMULATE512_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

typedef struct m512 {
    __m256 half[2];
} m512;
typedef struct m512i {
    __m256i half[2];
} m512i;
typedef m512i m512bh;

#define E512_UNARY(type, name, call)                                                               \
    static inline type e512_##name(type a) {                                                       \
        return (type){{call(a.half[0]), call(a.half[1])}};                                         \
    }
#define E512_BINARY(type, name, call)                                                              \
    static inline type e512_##name(type a, type b) {                                               \
        return (type){{call(a.half[0], b.half[0]), call(a.half[1], b.half[1])}};                   \
    }
#define E512_TERNARY(type, name, call)                                                             \
    static inline type e512_##name(type a, type b, type c) {                                       \
        return (type){                                                                             \
            {call(a.half[0], b.half[0], c.half[0]), call(a.half[1], b.half[1], c.half[1])}};       \
    }

E512_BINARY(m512, add_ps, _mm256_add_ps)
E512_BINARY(m512, sub_ps, _mm256_sub_ps)
E512_BINARY(m512, mul_ps, _mm256_mul_ps)
E512_BINARY(m512, div_ps, _mm256_div_ps)
E512_BINARY(m512, max_ps, _mm256_max_ps)
E512_BINARY(m512, min_ps, _mm256_min_ps)
E512_UNARY(m512, sqrt_ps, _mm256_sqrt_ps)
E512_TERNARY(m512, fmadd_ps, _mm256_fmadd_ps)
E512_TERNARY(m512, fnmadd_ps, _mm256_fnmadd_ps)
E512_BINARY(m512i, add_epi32, _mm256_add_epi32)
E512_BINARY(m512i, add_epi16, _mm256_add_epi16)
E512_BINARY(m512i, and_si512, _mm256_and_si256)
E512_BINARY(m512i, or_si512, _mm256_or_si256)
E512_BINARY(m512i, unpacklo_epi16, _mm256_unpacklo_epi16)
E512_BINARY(m512i, unpackhi_epi16, _mm256_unpackhi_epi16)
E512_BINARY(m512i, xor_si512, _mm256_xor_si256)
E512_BINARY(m512i, madd_epi16, _mm256_madd_epi16)
E512_BINARY(m512i, maddubs_epi16, _mm256_maddubs_epi16)

E512_UNARY(m512i, abs_epi8, _mm256_abs_epi8)

static inline m512 e512_setzero_ps(void) {
    return (m512){{_mm256_setzero_ps(), _mm256_setzero_ps()}};
}
static inline m512i e512_setzero_si512(void) {
    return (m512i){{_mm256_setzero_si256(), _mm256_setzero_si256()}};
}
static inline m512 e512_set1_ps(float x) {
    return (m512){{_mm256_set1_ps(x), _mm256_set1_ps(x)}};
}
static inline m512i e512_set1_epi32(int x) {
    return (m512i){{_mm256_set1_epi32(x), _mm256_set1_epi32(x)}};
}
static inline m512 e512_loadu_ps(const void *p) {
    m512 r;
    memcpy(&r, p, sizeof r);
    return r;
}
static inline void e512_storeu_ps(void *p, m512 a) {
    memcpy(p, &a, sizeof a);
}
static inline m512i e512_loadu_si512(const void *p) {
    m512i r;
    memcpy(&r, p, sizeof r);
    return r;
}
static inline void e512_storeu_si512(void *p, m512i a) {
    memcpy(p, &a, sizeof a);
}
static inline m512 e512_maskz_loadu_ps(__mmask16 m, const float *p) {
    float t[16] = {0};
    for (int i = 0; i < 16; i++)
        if (m >> i & 1) t[i] = p[i];
    return e512_loadu_ps(t);
}
static inline void e512_mask_storeu_ps(float *p, __mmask16 m, m512 a) {
    float t[16];
    e512_storeu_ps(t, a);
    for (int i = 0; i < 16; i++)
        if (m >> i & 1) p[i] = t[i];
}
static inline m512i e512_maskz_loadu_epi16(__mmask32 m, const void *p) {
    uint16_t t[32] = {0};
    for (int i = 0; i < 32; i++)
        if (m >> i & 1) memcpy(&t[i], (const char *)p + 2 * i, 2);
    return e512_loadu_si512(t);
}
static inline m512 e512_castsi512_ps(m512i a) {
    return (m512){{_mm256_castsi256_ps(a.half[0]), _mm256_castsi256_ps(a.half[1])}};
}
static inline m512i e512_castps_si512(m512 a) {
    return (m512i){{_mm256_castps_si256(a.half[0]), _mm256_castps_si256(a.half[1])}};
}
static inline __m256 e512_castps512_ps256(m512 a) {
    return a.half[0];
}
static inline __m256 e512_extractf32x8_ps(m512 a, int which) {
    return a.half[which];
}
static inline m512i e512_slli_epi32(m512i a, unsigned n) {
    return (m512i){{_mm256_slli_epi32(a.half[0], (int)n), _mm256_slli_epi32(a.half[1], (int)n)}};
}
static inline m512i e512_srli_epi32(m512i a, unsigned n) {
    return (m512i){{_mm256_srli_epi32(a.half[0], (int)n), _mm256_srli_epi32(a.half[1], (int)n)}};
}
static inline m512i e512_cvtps_epi32(m512 a) {
    return (m512i){{_mm256_cvtps_epi32(a.half[0]), _mm256_cvtps_epi32(a.half[1])}};
}
static inline m512i e512_cvtepu16_epi32(__m256i a) {
    return (m512i){{_mm256_cvtepu16_epi32(_mm256_castsi256_si128(a)),
                    _mm256_cvtepu16_epi32(_mm256_extracti128_si256(a, 1))}};
}
static inline m512i e512_cvtepu8_epi32(__m128i a) {
    return (m512i){{_mm256_cvtepu8_epi32(a), _mm256_cvtepu8_epi32(_mm_srli_si128(a, 8))}};
}
static inline m512i e512_cvtepi8_epi32(__m128i a) {
    return (m512i){{_mm256_cvtepi8_epi32(a), _mm256_cvtepi8_epi32(_mm_srli_si128(a, 8))}};
}
static inline m512 e512_cvtepi32_ps(m512i a) {
    return (m512){{_mm256_cvtepi32_ps(a.half[0]), _mm256_cvtepi32_ps(a.half[1])}};
}
static inline __mmask64 e512_movepi8_mask(m512i a) {
    const uint32_t low = (uint32_t)_mm256_movemask_epi8(a.half[0]);
    return (__mmask64)(uint32_t)_mm256_movemask_epi8(a.half[1]) << 32 | low;
}
static inline m512i e512_mask_sub_epi8(m512i no, __mmask64 m, m512i a, m512i b) {
    uint8_t r[64], x[64], y[64];
    memcpy(r, &no, sizeof r);
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    for (int i = 0; i < 64; i++)
        if (m >> i & 1) r[i] = (uint8_t)(x[i] - y[i]);
    memcpy(&no, r, sizeof r);
    return no;
}
static inline __m256i e512_cvtepi32_epi16(m512i a) {
    uint32_t t[16];
    uint16_t r[16];
    memcpy(t, &a, sizeof t);
    for (int i = 0; i < 16; i++) r[i] = (uint16_t)t[i];
    return _mm256_loadu_si256((const __m256i *)(const void *)r);
}
static inline m512 e512_cvtph_ps(__m256i a) {
    return (m512){{_mm256_cvtph_ps(_mm256_castsi256_si128(a)),
                   _mm256_cvtph_ps(_mm256_extracti128_si256(a, 1))}};
}
// Rounding to nearest is the only mode that the kernels ask for.
static inline __m256i e512_cvtps_ph(m512 a, int mode) {
    (void)mode;
    __m128i low = _mm256_cvtps_ph(a.half[0], _MM_FROUND_TO_NEAREST_INT);
    return _mm256_set_m128i(_mm256_cvtps_ph(a.half[1], _MM_FROUND_TO_NEAREST_INT), low);
}
static inline m512 e512_roundscale_ps(m512 a, int mode) {
    (void)mode;
    return (m512){{_mm256_round_ps(a.half[0], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                   _mm256_round_ps(a.half[1], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}};
}
// The kernels compare with GT_OQ, LT_OQ and UNORD_Q only.
static inline __mmask16 e512_cmp_ps_mask(m512 a, m512 b, int how) {
    float x[16], y[16];
    unsigned m = 0;
    e512_storeu_ps(x, a);
    e512_storeu_ps(y, b);
    for (int i = 0; i < 16; i++) {
        int yes = how == _CMP_GT_OQ   ? x[i] > y[i]
                  : how == _CMP_LT_OQ ? x[i] < y[i]
                                      : !(x[i] <= y[i] || x[i] > y[i]);
        m |= (unsigned)yes << i;
    }
    return (__mmask16)m;
}
static inline m512 e512_mask_mov_ps(m512 no, __mmask16 m, m512 yes) {
    e512_mask_storeu_ps((float *)&no, m, yes);
    return no;
}
static inline m512i e512_mask_mov_epi32(m512i no, __mmask16 m, m512i yes) {
    return e512_castps_si512(e512_mask_mov_ps(e512_castsi512_ps(no), m, e512_castsi512_ps(yes)));
}
// The kernels exchange neighbours (0xb1) only.
static inline m512 e512_permute_ps(m512 a, int how) {
    (void)how;
    return (m512){{_mm256_permute_ps(a.half[0], 0xb1), _mm256_permute_ps(a.half[1], 0xb1)}};
}

// acc[i] += odd product, then += even product, each rounded; subnormals count as zero.
static inline float e512_flush(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if ((u & 0x7f800000u) == 0) u &= 0x80000000u;
    memcpy(&x, &u, sizeof x);
    return x;
}
static inline m512 e512_dpbf16_ps(m512 acc, m512bh a, m512bh b) {
    uint32_t x[16], y[16];
    float r[16];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    memcpy(r, &acc, sizeof r);
    for (int i = 0; i < 16; i++)
        for (int odd = 1; odd >= 0; odd--) {
            uint32_t xu = odd ? x[i] & 0xffff0000u : x[i] << 16;
            uint32_t yu = odd ? y[i] & 0xffff0000u : y[i] << 16;
            float xf, yf;
            memcpy(&xf, &xu, sizeof xf);
            memcpy(&yf, &yu, sizeof yf);
            volatile float product = e512_flush(e512_flush(xf) * e512_flush(yf));
            r[i] = e512_flush(e512_flush(r[i]) + product);
        }
    memcpy(&acc, r, sizeof r);
    return acc;
}
static inline m512i e512_dpbusd_epi32(m512i acc, m512i a, m512i b) {
    int32_t r[16];
    uint8_t x[64];
    int8_t y[64];
    memcpy(r, &acc, sizeof r);
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    for (int i = 0; i < 64; i++) r[i / 4] += x[i] * y[i];
    memcpy(&acc, r, sizeof r);
    return acc;
}

#endif
