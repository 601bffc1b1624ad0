// What the processor can do at most. The multiply-adds run in PEAK_CHAINS independent chains,
// enough to hide their latency; each step feeds on the one before, so none can be left out or
// shared.
#include "kernels/loops/lanes.h"

#include "kernels/peak.h"
#include AXL_PEAK_HEADER

#ifndef PEAK_BF16_HOW // a level without bf16 instructions widens and multiplies as f32
#define PEAK_BF16_HOW "as f32"
#define peak_bf16 rate_f32
#endif

extern const peak_kernels LEVEL(kernels_peak);

#define STEPS 8 // of every chain in a round

static double rate_f32(size_t rounds, float *sink) {
    // Behind volatile, where the compiler cannot know them; x = a x + b stays near 1.
    volatile float va = 0.5f, vb = 0.5f;
    const vf a = v_set1(va), b = v_set1(vb);
    vf x[PEAK_CHAINS];
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] = v_set1(va + (float)j);
    for (size_t i = 0; i < rounds; i++)
        LANES_UNROLL for (size_t step = 0; step < STEPS; step++)
            LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] = v_fma(x[j], a, b);
    vf sum = v_zero();
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) sum = v_add(sum, x[j]);
    *sink = v_sum(sum);
    return 2.0 * V_WIDTH * PEAK_CHAINS * STEPS * (double)rounds;
}

static double rate_int8(size_t rounds, float *sink) {
    volatile int vb = 3;
    const peak_int b = peak_int_set(vb);
    peak_int x[PEAK_CHAINS];
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] = peak_int_set(vb + (int)j);
    for (size_t i = 0; i < rounds; i++)
        LANES_UNROLL for (size_t step = 0; step < STEPS; step++)
            LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) x[j] = peak_int_step(x[j], b);
    float sum = 0;
    LANES_UNROLL for (size_t j = 0; j < PEAK_CHAINS; j++) sum += peak_int_value(x[j]);
    *sink = sum;
    return (double)PEAK_INT_OPS * PEAK_CHAINS * STEPS * (double)rounds;
}

#define BLOCK ((size_t)256) // bytes a round reads, of which there are VECTORS
#define VECTORS (BLOCK / sizeof(float) / V_WIDTH)
#define SUMS (VECTORS < 8 ? VECTORS : (size_t)8)

static float read_all(const void *p, size_t n) {
    const float *x = p, *end = x + n / sizeof *x;
    vf sum[SUMS];
    LANES_UNROLL for (size_t j = 0; j < SUMS; j++) sum[j] = v_zero();
    for (; x < end; x += BLOCK / sizeof *x)
        LANES_UNROLL for (size_t j = 0; j < VECTORS; j++) sum[j % SUMS] =
            v_add(sum[j % SUMS], v_load(x + j * V_WIDTH));
    LANES_UNROLL for (size_t j = 1; j < SUMS; j++) sum[0] = v_add(sum[0], sum[j]);
    return v_sum(sum[0]);
}

static void copy_all(void *to, const void *from, size_t n) {
    const float *x = from, *end = x + n / sizeof *x;
    float *y = to;
    for (; x < end; x += BLOCK / sizeof *x, y += BLOCK / sizeof *y)
        LANES_UNROLL for (size_t j = 0; j < VECTORS; j++)
            v_store(y + j * V_WIDTH, v_load(x + j * V_WIDTH));
}

const peak_kernels LEVEL(kernels_peak) = {
    .f32 = rate_f32,
    .bf16 = peak_bf16,
    .int8 = rate_int8,
    .bf16_how = PEAK_BF16_HOW,
    .int8_how = PEAK_INT_HOW,
    .read = read_all,
    .copy = copy_all,
};
