// Weights of few bits: unpacking, the rounding of activations, products.
#include "kernels/loops/blocks_product.h"
#include "kernels/loops/blocks_unpack.h"

extern const blocks_kernels LEVEL(kernels_blocks);

#define SMALLEST 1e-30f // of a block's largest number: 127 / it is still finite

// The largest |x|, and NaN where one is not finite.
LANES_INLINE float largest(const float x[BLOCKS_COLUMNS]) {
    vf most = v_zero(), broken = v_zero();
    LANES_UNROLL for (size_t i = 0; i < BLOCKS_COLUMNS; i += V_WIDTH) {
        const vf v = v_load(x + i);
        most = v_max(v_abs(v), most);
        broken = v_add(broken, v_mul(v, v_zero())); // 0, or NaN for NaN and infinity
    }
    return v_hmax(most) + v_sum(broken);
}

#define HALF (BLOCKS_COLUMNS / 2)
_Static_assert(HALF % V_WIDTH == 0, "a half is whole vectors");

LANES_INLINE void round_block(blocks_x *out, const float x[BLOCKS_COLUMNS]) {
    const float most = largest(x);
    if (!(most >= SMALLEST)) { // or NaN
        *out = (blocks_x){.scale = most != most ? most : 0};
        return;
    }
    float q[BLOCKS_COLUMNS];
    const vf by = v_set1(127 / most);
    out->scale = most / 127;
    LANES_UNROLL for (size_t half = 0; half < 2; half++) {
        vf sum = v_zero(); // of small whole numbers: exact
        LANES_UNROLL for (size_t i = half * HALF; i < (half + 1) * HALF; i += V_WIDTH) {
            const vf rounded = v_round(v_mul(v_load(x + i), by));
            v_store(q + i, rounded);
            sum = v_add(sum, rounded);
        }
        out->sum[half] = (int32_t)v_sum(sum);
    }
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++) out->q[i] = (int8_t)(int32_t)q[i];
}

static void round_row(blocks_x *out, const float *x, size_t n) {
    for (; n >= BLOCKS_COLUMNS; n -= BLOCKS_COLUMNS, x += BLOCKS_COLUMNS) round_block(out++, x);
    if (n == 0) return;
    float last[BLOCKS_COLUMNS] = {0};
    for (size_t i = 0; i < n; i++) last[i] = x[i];
    round_block(out, last);
}

const blocks_kernels LEVEL(kernels_blocks) = {
    .q8_0 = unpack_q8_0,
    .q5_0 = unpack_q5_0,
    .q4_k = unpack_q4_k,
    .q6_k = unpack_q6_k,
    .round = round_row,
    .product = product,
};
