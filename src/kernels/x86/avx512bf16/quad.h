// How level avx512bf16 multiplies bytes: its VNNI takes unsigned times signed and adds four of them
// in 32 bits. Contract: kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD_H
#define AXL_KERNELS_QUAD_H

#include "kernels/x86/quad512.h"

typedef vi quad_s;

// Signed weights are multiplied as w + 128, so the sum starts from -128 times the activations.
static inline vi quad_eight_start(int32_t sum) {
    return M512(set1_epi32)(-128 * sum);
}
static inline vi quad_eight(vi s, quad_w w, quad_x x) {
    return M512(dpbusd_epi32)(s, M512(xor_si512)(w, M512(set1_epi32)((int)0x80808080u)), x);
}
static inline quad_s quad_four_start(void) {
    return M512(setzero_si512)();
}
static inline quad_s quad_low(quad_s s, quad_w w, quad_x x) {
    return M512(dpbusd_epi32)(s, quad_nibbles(w), x);
}
static inline quad_s quad_high(quad_s s, quad_w w, quad_x x) {
    return quad_low(s, M512(srli_epi32)(w, 4), x);
}
static inline vi quad_four_sum(quad_s s) {
    return s;
}

#endif
