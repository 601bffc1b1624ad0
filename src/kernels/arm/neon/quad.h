// How level neon multiplies bytes. Contract: kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD_H
#define AXL_KERNELS_QUAD_H

typedef int8x16_t quad_w;
typedef int8x8_t quad_x; // the quad twice
typedef vi quad_s;

static inline quad_w quad_load(const void *p) {
    return vld1q_s8(p);
}
static inline quad_x quad_take(const int8_t *q) {
    int32_t quad;
    __builtin_memcpy(&quad, q, sizeof quad);
    return vreinterpret_s8_s32(vdup_n_s32(quad));
}
static inline vi quad_eight_start(int32_t sum) {
    (void)sum;
    return vdupq_n_s32(0);
}
// A product is at most 128 * 127, so it fits into 16 bits; pairs are added in 32.
static inline vi quad_eight(vi s, quad_w w, quad_x x) {
    const int32x4_t first = vpaddlq_s16(vmull_s8(vget_low_s8(w), x));
    const int32x4_t last = vpaddlq_s16(vmull_s8(vget_high_s8(w), x));
    return vaddq_s32(s, vpaddq_s32(first, last));
}
static inline quad_s quad_four_start(void) {
    return vdupq_n_s32(0);
}
static inline quad_s quad_low(quad_s s, quad_w w, quad_x x) {
    return quad_eight(s, vandq_s8(w, vdupq_n_s8(15)), x);
}
static inline quad_s quad_high(quad_s s, quad_w w, quad_x x) {
    return quad_eight(s, vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(w), 4)), x);
}
static inline vi quad_four_sum(quad_s s) {
    return s;
}
static inline vf quad_float(vi s) {
    return vcvtq_f32_s32(s);
}
static inline vf quad_u8(const uint8_t *p) {
    return (vf){(float)p[0], (float)p[1], (float)p[2], (float)p[3]};
}
static inline vf quad_s8(const int8_t *p) {
    return (vf){(float)p[0], (float)p[1], (float)p[2], (float)p[3]};
}

#endif
