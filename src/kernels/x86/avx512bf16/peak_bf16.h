// The bf16 rate of level avx512bf16, in place of the f32 loop that the other levels report.
#ifndef AXL_KERNELS_PEAK_BF16_H
#define AXL_KERNELS_PEAK_BF16_H

#include "kernels/loops/lanes.h"

#define PEAK_BF16_HOW "vdpbf16ps"

// x += a . b with small numbers: the sums grow slowly and never overflow in a measurable time.
static double peak_bf16(size_t rounds, float *sink) {
    volatile int va = 0x3c003c00, vb = 0x3c003c00; // pairs of 2^-7
    const m512i a = M512(set1_epi32)(va), b = M512(set1_epi32)(vb);
    vf x[PEAK_CHAINS];
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] = v_set1((float)j);
    for (size_t i = 0; i < rounds; i++)
        LANES_UNROLL for (size_t step = 0; step < 8; step++)
            LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] =
                M512(dpbf16_ps)(x[j], (m512bh)a, (m512bh)b);
    vf sum = v_zero();
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) sum = v_add(sum, x[j]);
    *sink = v_sum(sum);
    return 4.0 * V_WIDTH * PEAK_CHAINS * 8 * (double)rounds;
}

#endif
