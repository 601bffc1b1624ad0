// How level neon multiplies at most. Contract: kernels/scalar/peak_ops.h.
#ifndef AXL_KERNELS_PEAK_OPS_H
#define AXL_KERNELS_PEAK_OPS_H

#include <arm_neon.h>

#define PEAK_CHAINS 24
#define PEAK_INT_OPS (2 * 8)
#define PEAK_INT_HOW "smull, sadalp" // the dot products came after the baseline

typedef int32x4_t peak_int;

static inline peak_int peak_int_set(int x) {
    return vdupq_n_s32(x);
}
static inline peak_int peak_int_step(peak_int x, peak_int b) {
    int8x8_t bytes = vget_low_s8(vreinterpretq_s8_s32(x));
    return vpadalq_s16(x, vmull_s8(bytes, vget_low_s8(vreinterpretq_s8_s32(b))));
}
static inline float peak_int_value(peak_int x) {
    return (float)vgetq_lane_s32(x, 0);
}

#endif
