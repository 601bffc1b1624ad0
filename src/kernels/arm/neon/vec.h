// The vector type of level neon (every aarch64): four floats. Contract: kernels/scalar/vec.h.
#ifndef AXL_KERNELS_VEC_H
#define AXL_KERNELS_VEC_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define V_WIDTH 4
#define TILE_M 6
#define TILE_NV 4

typedef float32x4_t vf;
typedef int32x4_t vi;

static inline vf v_zero(void) {
    return vdupq_n_f32(0);
}
static inline vf v_set1(float x) {
    return vdupq_n_f32(x);
}
static inline vf v_load(const float *p) {
    return vld1q_f32(p);
}
static inline void v_store(float *p, vf a) {
    vst1q_f32(p, a);
}
static inline vf v_load_n(const float *p, size_t n) {
    float t[V_WIDTH] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return vld1q_f32(t);
}
static inline void v_store_n(float *p, vf a, size_t n) {
    float t[V_WIDTH];
    vst1q_f32(t, a);
    for (size_t i = 0; i < n; i++) p[i] = t[i];
}
static inline vf v_add(vf a, vf b) {
    return vaddq_f32(a, b);
}
static inline vf v_sub(vf a, vf b) {
    return vsubq_f32(a, b);
}
static inline vf v_mul(vf a, vf b) {
    return vmulq_f32(a, b);
}
static inline vf v_div(vf a, vf b) {
    return vdivq_f32(a, b);
}
static inline vf v_fma(vf a, vf b, vf c) {
    return vfmaq_f32(c, a, b);
}
static inline vf v_fnma(vf a, vf b, vf c) {
    return vfmsq_f32(c, a, b);
}
// The instruction's own maximum returns NaN for either operand; the contract asks for b.
static inline vf v_max(vf a, vf b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
static inline vf v_min(vf a, vf b) {
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
static inline vf v_sqrt(vf a) {
    return vsqrtq_f32(a);
}
static inline vf v_abs(vf a) {
    return vabsq_f32(a);
}
static inline vf v_sign(vf a) {
    vf r = vbslq_f32(vcgtzq_f32(a), vdupq_n_f32(1), a);
    return vbslq_f32(vcltzq_f32(a), vdupq_n_f32(-1), r);
}
static inline vf v_round(vf a) {
    return vrndnq_f32(a);
}
static inline vf v_pow2(vf n) {
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23));
}
static inline vf v_pow2_sum(vf t) {
    return vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(t), 23));
}
static inline float v_sum(vf a) {
    float32x2_t x = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(x, 0) + vget_lane_f32(x, 1);
}
static inline float v_hmax(vf a) {
    float t[V_WIDTH];
    vst1q_f32(t, a);
    float x = t[0] > t[2] ? t[0] : t[2], y = t[1] > t[3] ? t[1] : t[3];
    return x > y ? x : y;
}
static inline vf v_swap(vf a) {
    return vrev64q_f32(a);
}
static inline vf v_from_bf16(uint16x4_t h) {
    return vreinterpretq_f32_u32(vshll_n_u16(h, 16));
}
static inline uint16x4_t v_to_bf16(vf a) {
    uint32x4_t u = vreinterpretq_u32_f32(a);
    uint32x4_t odd = vandq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(1));
    uint32x4_t even = vaddq_u32(u, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
    uint32x4_t quiet = vorrq_u32(u, vdupq_n_u32(0x400000));
    return vshrn_n_u32(vbslq_u32(vceqq_f32(a, a), even, quiet), 16);
}
static inline uint16x4_t v_gather_h(const uint16_t *p, size_t n) {
    uint16_t t[V_WIDTH] = {0};
    for (size_t i = 0; i < n; i++) t[i] = p[i];
    return vld1_u16(t);
}
static inline void v_scatter_h(uint16_t *p, uint16x4_t h, size_t n) {
    uint16_t t[V_WIDTH];
    vst1_u16(t, h);
    for (size_t i = 0; i < n; i++) p[i] = t[i];
}
static inline vf v_load_bf16(const uint16_t *p) {
    return v_from_bf16(vld1_u16(p));
}
static inline vf v_load_bf16_n(const uint16_t *p, size_t n) {
    return v_from_bf16(v_gather_h(p, n));
}
static inline void v_store_bf16(uint16_t *p, vf a) {
    vst1_u16(p, v_to_bf16(a));
}
static inline void v_store_bf16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, v_to_bf16(a), n);
}
static inline vf v_load_f16(const uint16_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
static inline vf v_load_f16_n(const uint16_t *p, size_t n) {
    return vcvt_f32_f16(vreinterpret_f16_u16(v_gather_h(p, n)));
}
static inline void v_store_f16(uint16_t *p, vf a) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(a)));
}
static inline void v_store_f16_n(uint16_t *p, vf a, size_t n) {
    v_scatter_h(p, vreinterpret_u16_f16(vcvt_f16_f32(a)), n);
}

// A block of V_BLOCK x V_BLOCK floats, transposed: out[j * ldo + i] = in[i * ldi + j].
#define V_BLOCK 4
static inline void v_transpose(float *out, size_t ldo, const float *in, size_t ldi) {
    float32x4x4_t r = {
        {vld1q_f32(in), vld1q_f32(in + ldi), vld1q_f32(in + 2 * ldi), vld1q_f32(in + 3 * ldi)}};
    float t[16];
    vst4q_f32(t, r); // interleaves the four rows: the transpose
    for (size_t j = 0; j < V_BLOCK; j++) vst1q_f32(out + j * ldo, vld1q_f32(t + 4 * j));
}

#endif
