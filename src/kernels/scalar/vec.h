// The vector type of level scalar: four floats in portable C (compiler vector types, which any
// target lowers to what its baseline has). The other levels define the same names over their own
// instructions; kernels/loops is written once over these names.
//
// Contract of every vec.h
//   V_WIDTH            floats in a vf
//   v_load_n/v_store_n first n lanes only, 0 <= n <= V_WIDTH; the other lanes read as zero, and
//                      memory past lane n is never touched
//   v_max(a, b)        a > b ? a : b, so b where either is NaN; v_min likewise: keep the value
//                      that may be NaN in b
//   v_pow2(n)          2^n for integral lanes in [-126, 127]
//   v_pow2_sum(t)      2^n for t = n + V_POW2_BASE, integral n in [-127, 128]; the ends are 0 and
//                      infinity. V_POW2_BASE = 1.5 * 2^23 + 127: t has no fraction bits, and its
//                      lowest bits are the exponent field of 2^n
//   v_swap(a)          neighbours exchanged: a1 a0 a3 a2 ...
//   bf16 stores round to nearest even and keep NaN a (quiet) NaN
//   v_transpose        a block of V_BLOCK x V_BLOCK floats
//   TILE_M, TILE_NV    rows and vectors of the register tile of the matrix product
#ifndef AXL_KERNELS_VEC_H
#define AXL_KERNELS_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define V_WIDTH 4
#define TILE_M 4
#define TILE_NV 2

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef uint32_t vu __attribute__((vector_size(16)));
typedef uint16_t vh __attribute__((vector_size(8)));

static inline vf v_zero(void) {
    return (vf){0, 0, 0, 0};
}
static inline vf v_set1(float x) {
    return (vf){x, x, x, x};
}
static inline vf v_load(const float *p) {
    vf r;
    memcpy(&r, p, sizeof r);
    return r;
}
static inline void v_store(float *p, vf a) {
    memcpy(p, &a, sizeof a);
}
static inline vf v_load_n(const float *p, size_t n) {
    vf r = v_zero();
    for (size_t i = 0; i < n; i++) r[i] = p[i];
    return r;
}
static inline void v_store_n(float *p, vf a, size_t n) {
    for (size_t i = 0; i < n; i++) p[i] = a[i];
}
static inline vf v_add(vf a, vf b) {
    return a + b;
}
static inline vf v_sub(vf a, vf b) {
    return a - b;
}
static inline vf v_mul(vf a, vf b) {
    return a * b;
}
static inline vf v_div(vf a, vf b) {
    return a / b;
}
// a * b + c, fused where the baseline has it
static inline vf v_fma(vf a, vf b, vf c) {
    return a * b + c;
}
// c - a * b
static inline vf v_fnma(vf a, vf b, vf c) {
    return c - a * b;
}
static inline vf v_select(vi mask, vf yes, vf no) {
    return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}
static inline vf v_max(vf a, vf b) {
    return v_select(a > b, a, b);
}
static inline vf v_min(vf a, vf b) {
    return v_select(a < b, a, b);
}
static inline vf v_sqrt(vf a) {
    for (int i = 0; i < V_WIDTH; i++) a[i] = sqrtf(a[i]);
    return a;
}
static inline vf v_abs(vf a) {
    return (vf)((vi)a & 0x7fffffff);
}
// -1, 0 or 1; NaN stays NaN
static inline vf v_sign(vf a) {
    vf one = v_select(a < v_zero(), v_set1(-1), a);
    return v_select(a > v_zero(), v_set1(1), one);
}
// To the nearest integer, ties to even, for |a| < 2^22; larger values and NaN are the caller's
// care.
static inline vf v_round(vf a) {
    const vf magic = v_set1(12582912.0f); // 1.5 * 2^23: the sum has no fraction bits left
    return (a + magic) - magic;
}
static inline vf v_pow2(vf n) {
    vi i = __builtin_convertvector(n, vi);
    return (vf)((i + 127) << 23);
}
static inline vf v_pow2_sum(vf t) {
    return (vf)((vu)t << 23);
}
static inline float v_sum(vf a) {
    return (a[0] + a[2]) + (a[1] + a[3]);
}
static inline float v_hmax(vf a) {
    float x = a[0] > a[2] ? a[0] : a[2], y = a[1] > a[3] ? a[1] : a[3];
    return x > y ? x : y;
}
static inline vf v_swap(vf a) {
    return (vf){a[1], a[0], a[3], a[2]};
}
static inline vf v_load_bf16(const uint16_t *p) {
    vh h;
    memcpy(&h, p, sizeof h);
    return (vf)(__builtin_convertvector(h, vu) << 16);
}
static inline vf v_load_bf16_n(const uint16_t *p, size_t n) {
    uint16_t t[V_WIDTH] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return v_load_bf16(t);
}
static inline vh v_to_bf16(vf a) {
    vu u = (vu)a, nan = (vu)(a != a);
    vu even = u + 0x7fff + ((u >> 16) & 1);
    u = (nan & (u | 0x400000)) | (~nan & even);
    return __builtin_convertvector(u >> 16, vh);
}
static inline void v_store_bf16(uint16_t *p, vf a) {
    vh h = v_to_bf16(a);
    memcpy(p, &h, sizeof h);
}
static inline void v_store_bf16_n(uint16_t *p, vf a, size_t n) {
    vh h = v_to_bf16(a);
    for (size_t i = 0; i < n; i++) p[i] = h[i];
}

// f16 without hardware: exact in both directions, rounding to nearest even.
static inline float f16_widen(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = h & 0x7fffu, u;
    if (rest >= 0x7c00u) { // infinity, NaN (made quiet)
        u = sign | 0x7f800000u | (rest & 0x3ffu) << 13 | (rest > 0x7c00u ? 0x400000u : 0);
    } else if (rest >= 0x400u) {
        u = sign | ((rest << 13) + 0x38000000u);
    } else { // zero and subnormal: rest * 2^-24 is exact
        float f = (float)rest * 0x1p-24f;
        memcpy(&u, &f, sizeof u);
        u |= sign;
    }
    float r;
    memcpy(&r, &u, sizeof r);
    return r;
}
static inline uint16_t f16_narrow(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    uint32_t sign = u >> 16 & 0x8000u, rest = u & 0x7fffffffu;
    if (rest > 0x7f800000u) return (uint16_t)(sign | 0x7e00u | (rest >> 13 & 0x3ffu));
    if (rest >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); // rounds to 65536 or more
    if (rest < 0x38800000u) {                                   // subnormal: multiples of 2^-24
        float a;
        memcpy(&a, &rest, sizeof a);
        a = (a + 0.5f) - 0.5f; // 0.5 has an ulp of 2^-24, so the sum rounds to the right place
        return (uint16_t)(sign | (uint32_t)(a * 0x1p24f));
    }
    rest += 0xfffu + (rest >> 13 & 1u);
    return (uint16_t)(sign | (rest - 0x38000000u) >> 13);
}
static inline vf v_load_f16_n(const uint16_t *p, size_t n) {
    vf r = v_zero();
    for (size_t i = 0; i < n; i++) r[i] = f16_widen(p[i]);
    return r;
}
static inline vf v_load_f16(const uint16_t *p) {
    return v_load_f16_n(p, V_WIDTH);
}
static inline void v_store_f16_n(uint16_t *p, vf a, size_t n) {
    for (size_t i = 0; i < n; i++) p[i] = f16_narrow(a[i]);
}
static inline void v_store_f16(uint16_t *p, vf a) {
    v_store_f16_n(p, a, V_WIDTH);
}

// A block of V_BLOCK x V_BLOCK floats, transposed: out[j * ldo + i] = in[i * ldi + j].
#define V_BLOCK 4
static inline void v_transpose(float *out, size_t ldo, const float *in, size_t ldi) {
    for (size_t i = 0; i < V_BLOCK; i++)
        for (size_t j = 0; j < V_BLOCK; j++) out[j * ldo + i] = in[i * ldi + j];
}

#endif
