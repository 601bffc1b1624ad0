// How level avx512 multiplies bytes: as avx2 does, with masks where that changes signs. Contract:
// kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD_H
#define AXL_KERNELS_QUAD_H

#include "kernels/x86/quad512.h"

typedef m512i quad_s; // pairs, in 16 bits: see avx2

static inline vi quad_eight_start(int32_t sum) {
    (void)sum;
    return M512(setzero_si512)();
}
static inline vi quad_pairs(vi pairs) {
    return M512(madd_epi16)(pairs, M512(set1_epi32)(0x00010001));
}
static inline vi quad_eight(vi s, quad_w w, quad_x x) {
    const m512i signs = M512(mask_sub_epi8)(x, M512(movepi8_mask)(w), M512(setzero_si512)(), x);
    return M512(add_epi32)(s, quad_pairs(M512(maddubs_epi16)(M512(abs_epi8)(w), signs)));
}
static inline quad_s quad_four_start(void) {
    return M512(setzero_si512)();
}
static inline quad_s quad_low(quad_s s, quad_w w, quad_x x) {
    return M512(add_epi16)(s, M512(maddubs_epi16)(quad_nibbles(w), x));
}
static inline quad_s quad_high(quad_s s, quad_w w, quad_x x) {
    return quad_low(s, M512(srli_epi32)(w, 4), x);
}
static inline vi quad_four_sum(quad_s s) {
    return quad_pairs(s);
}

#endif
