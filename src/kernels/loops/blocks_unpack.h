// Stored blocks back to f32. Every operation is rounded by itself, in the order of ggml, so that
// the bits are the same on every level and the same as ggml's.
#ifndef AXL_KERNELS_BLOCKS_UNPACK_H
#define AXL_KERNELS_BLOCKS_UNPACK_H

#include "kernels/blocks_bits.h"
#include "kernels/loops/lanes.h"

LANES_INLINE float widen(f16 h) {
    float lanes[V_WIDTH];
    v_store(lanes, v_load_f16_n(&h, 1));
    return lanes[0];
}

static void unpack_q8_0(float *out, const void *blocks, size_t n) {
    const block_q8_0 *b = blocks;
    for (; n > 0; n -= BLOCKS_COLUMNS, out += BLOCKS_COLUMNS, b++) {
        const float scale = widen(b->scale);
        for (size_t i = 0; i < BLOCKS_COLUMNS; i++) out[i] = (float)b->q[i] * scale;
    }
}

static void unpack_q5_0(float *out, const void *blocks, size_t n) {
    const block_q5_0 *b = blocks;
    for (; n > 0; n -= BLOCKS_COLUMNS, out += BLOCKS_COLUMNS, b++) {
        int8_t q[BLOCKS_COLUMNS];
        q5_0_numbers(b, q);
        const float scale = widen(b->scale);
        for (size_t i = 0; i < BLOCKS_COLUMNS; i++) out[i] = (float)q[i] * scale;
    }
}

static void unpack_q4_k(float *out, const void *blocks, size_t n) {
    const block_q4_k *b = blocks;
    for (; n > 0; n -= BLOCKS_SUPER, b++) {
        const float scale = widen(b->scale), min = widen(b->min);
        for (size_t j = 0; j < BLOCKS_PARTS; j++, out += BLOCKS_COLUMNS) {
            int8_t q[BLOCKS_COLUMNS];
            uint8_t s, m;
            q4_k_part(b, j, &s, &m);
            q4_k_numbers(b, j, q);
            const float step = scale * (float)s, low = min * (float)m;
            for (size_t i = 0; i < BLOCKS_COLUMNS; i++) out[i] = step * (float)q[i] - low;
        }
    }
}

static void unpack_q6_k(float *out, const void *blocks, size_t n) {
    const block_q6_k *b = blocks;
    for (; n > 0; n -= BLOCKS_SUPER, b++) {
        const float scale = widen(b->scale);
        for (size_t j = 0; j < BLOCKS_PARTS; j++, out += BLOCKS_COLUMNS) {
            int8_t q[BLOCKS_COLUMNS];
            q6_k_numbers(b, j, q);
            for (size_t i = 0; i < BLOCKS_COLUMNS; i++)
                out[i] = scale * (float)b->s[2 * j + i / 16] * (float)q[i];
        }
    }
}

#endif
