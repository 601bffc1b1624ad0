// How level scalar multiplies at most, for loops/peak.c.
//
// Contract of every peak_ops.h
//   PEAK_CHAINS       independent chains that keep all multipliers busy and fit the registers
//   peak_int          a vector of 32-bit sums
//   peak_int_step     x + sums of int8 products of x and b: the instructions of an int8 dot
//   product,
//                     made to depend on the step before
//   PEAK_INT_OPS      operations of a step: 2 a product
//   PEAK_INT_HOW      the instructions, for people
#ifndef AXL_KERNELS_PEAK_OPS_H
#define AXL_KERNELS_PEAK_OPS_H

#include AXL_VEC_HEADER

#define PEAK_CHAINS 12
#define PEAK_INT_OPS (2 * V_WIDTH)
#define PEAK_INT_HOW "as f32" // the baseline multiplies no bytes

typedef vf peak_int;

static inline peak_int peak_int_set(int x) {
    return v_set1((float)x);
}
static inline peak_int peak_int_step(peak_int x, peak_int b) {
    return v_fma(x, v_set1(0.25f), b);
}
static inline float peak_int_value(peak_int x) {
    return v_sum(x);
}

#endif
