// Where the bits of the stored types lie: what unpacking, preparing and quantising share.
#ifndef AXL_KERNELS_BLOCKS_BITS_H
#define AXL_KERNELS_BLOCKS_BITS_H

#include "kernels/blocks.h"

// s and m of part j of a q4_k block.
static inline void q4_k_part(const block_q4_k *b, size_t j, uint8_t *s, uint8_t *m) {
    const uint8_t *p = b->parts;
    if (j < 4) {
        *s = p[j] & 63;
        *m = p[j + 4] & 63;
    } else {
        *s = (uint8_t)((p[j + 4] & 15) | (p[j - 4] >> 6) << 4);
        *m = (uint8_t)((p[j + 4] >> 4) | (p[j] >> 6) << 4);
    }
}

// Sets those of part j; the parts of a block are set in ascending order, from zeros.
static inline void q4_k_set_part(block_q4_k *b, size_t j, unsigned s, unsigned m) {
    uint8_t *p = b->parts;
    if (j < 4) {
        p[j] = (uint8_t)s;
        p[j + 4] = (uint8_t)m;
    } else {
        p[j + 4] = (uint8_t)((s & 15) | (m & 15) << 4);
        p[j - 4] = (uint8_t)(p[j - 4] | (s >> 4) << 6);
        p[j] = (uint8_t)(p[j] | (m >> 4) << 6);
    }
}

// The numbers q of part j of a q4_k block: parts 2i and 2i + 1 share bytes.
static inline void q4_k_numbers(const block_q4_k *b, size_t j, int8_t q[BLOCKS_COLUMNS]) {
    const uint8_t *p = b->q + j / 2 * BLOCKS_COLUMNS;
    const unsigned shift = j % 2 * 4;
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++) q[i] = (int8_t)(p[i] >> shift & 15);
}

// Sets those of part j of a block whose numbers are zeros.
static inline void q4_k_set_numbers(block_q4_k *b, size_t j, const int8_t q[BLOCKS_COLUMNS]) {
    uint8_t *p = b->q + j / 2 * BLOCKS_COLUMNS;
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++) p[i] = (uint8_t)(p[i] | (q[i] & 15) << (j % 2 * 4));
}

// q - 32 of part j of a q6_k block. Four parts share 64 bytes of low and 32 of high bits.
static inline void q6_k_numbers(const block_q6_k *b, size_t j, int8_t q[BLOCKS_COLUMNS]) {
    const size_t half = j / 4, quarter = j % 4;
    const uint8_t *low = b->low + half * 64 + quarter % 2 * BLOCKS_COLUMNS;
    const uint8_t *high = b->high + half * BLOCKS_COLUMNS;
    const unsigned shift = (unsigned)quarter / 2 * 4, above = (unsigned)quarter * 2;
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++)
        q[i] = (int8_t)(((low[i] >> shift & 15) | (high[i] >> above & 3) << 4) - 32);
}

// Sets those of part j of a block whose bits are zeros.
static inline void q6_k_set_numbers(block_q6_k *b, size_t j, const int8_t q[BLOCKS_COLUMNS]) {
    const size_t half = j / 4, quarter = j % 4;
    uint8_t *low = b->low + half * 64 + quarter % 2 * BLOCKS_COLUMNS;
    uint8_t *high = b->high + half * BLOCKS_COLUMNS;
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++) {
        const unsigned number = (unsigned)(q[i] + 32);
        low[i] = (uint8_t)(low[i] | (number & 15) << (quarter / 2 * 4));
        high[i] = (uint8_t)(high[i] | (number >> 4 & 3) << (quarter * 2));
    }
}

// q - 16 of a q5_0 block.
static inline void q5_0_numbers(const block_q5_0 *b, int8_t q[BLOCKS_COLUMNS]) {
    const size_t half = BLOCKS_COLUMNS / 2;
    for (size_t i = 0; i < half; i++) {
        const unsigned first = b->high[i / 8] >> i % 8 & 1;
        const unsigned second = b->high[2 + i / 8] >> i % 8 & 1;
        q[i] = (int8_t)((int)((b->low[i] & 15u) | first << 4) - 16);
        q[i + half] = (int8_t)((int)(b->low[i] >> 4 | second << 4) - 16);
    }
}

// Sets those of a block whose bits are zeros.
static inline void q5_0_set_numbers(block_q5_0 *b, const int8_t q[BLOCKS_COLUMNS]) {
    const size_t half = BLOCKS_COLUMNS / 2;
    for (size_t i = 0; i < half; i++) {
        const unsigned first = (unsigned)(q[i] + 16), second = (unsigned)(q[i + half] + 16);
        b->low[i] = (uint8_t)((first & 15) | (second & 15) << 4);
        b->high[i / 8] = (uint8_t)(b->high[i / 8] | (first >> 4 & 1) << i % 8);
        b->high[2 + i / 8] = (uint8_t)(b->high[2 + i / 8] | (second >> 4 & 1) << i % 8);
    }
}

#endif
