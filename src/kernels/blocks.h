// Weights of few bits in blocks: how they are stored, how they become numbers again, and products
// with them.
//
// The four stored types are those of ggml, bit for bit. A product does not read them: a weight is
// prepared once when it is loaded (tensor/blocks_prepare.h), so that its rows lie side by side and
// every vector of weights meets one broadcast quad of activations. The activations are rounded to 8
// bits in blocks of 32, once for all products that read them. Sums over a block are exact integers;
// sums over blocks run in f32, ascending, one lane a row: a result does not depend on the rows and
// columns computed beside it.
#ifndef AXL_KERNELS_BLOCKS_H
#define AXL_KERNELS_BLOCKS_H

#include "kernels/convert.h"
#include <stdbool.h>

// ---- stored types ----

#define BLOCKS_COLUMNS 32 // of q8_0 and q5_0, and of a part of a super-block
#define BLOCKS_SUPER 256  // of q4_k and q6_k
#define BLOCKS_PARTS (BLOCKS_SUPER / BLOCKS_COLUMNS)

// w = scale * q
typedef struct block_q8_0 {
    f16 scale;
    int8_t q[BLOCKS_COLUMNS];
} block_q8_0;

// w = scale * (q - 16), q of 5 bits: low holds four of them, the second half of the columns in the
// upper nibbles, and bit i of high, read as a little-endian number, is the fifth of column i
typedef struct block_q5_0 {
    f16 scale;
    uint8_t high[4];
    uint8_t low[BLOCKS_COLUMNS / 2];
} block_q5_0;

// w = (scale * s) * q - min * m, q of 4 bits; s and m of 6 bits for each part (blocks_bits.h)
typedef struct block_q4_k {
    f16 scale, min;
    uint8_t parts[12];
    uint8_t q[BLOCKS_SUPER / 2];
} block_q4_k;

// w = scale * s * (q - 32), q of 6 bits, s for each 16 columns
typedef struct block_q6_k {
    uint8_t low[BLOCKS_SUPER / 2];
    uint8_t high[BLOCKS_SUPER / 4];
    int8_t s[BLOCKS_SUPER / 16];
    f16 scale;
} block_q6_k;

_Static_assert(sizeof(block_q8_0) == 34 && sizeof(block_q5_0) == 22, "as ggml has them");
_Static_assert(sizeof(block_q4_k) == 144 && sizeof(block_q6_k) == 210, "as ggml has them");

// out[i] = w[i], i < n, a multiple of the columns of a block
typedef void blocks_unpack_fn(float *out, const void *blocks, size_t n);

// ---- prepared weights ----

#define BLOCKS_GROUP 16 // rows of W that lie side by side
#define BLOCKS_QUAD 4   // columns of a row that lie together

// A group holds its columns in blocks of 32, ascending. In a block, quad c of row r is at byte
// (c * 16 + r) * 4; in a nibbled one the byte holds quad c below and quad c + 4 above.
// Forms, what a group is made of; f16 and 8-bit numbers are one a row, [16]:
typedef enum blocks_form {
    BLOCKS_EIGHT,  // each block: f16 scale; 512 bytes of signed q
    BLOCKS_HALVES, // each super-block: f16 scale; its blocks: signed s of the first 16 columns and
                   // of the others; 512 bytes of signed q
    BLOCKS_FOUR,   // each super-block: f16 scale, f16 min; its blocks: s, m; 256 bytes of nibbles
    BLOCKS_FORMS
} blocks_form;

// Activations of one block.
typedef struct blocks_x {
    float scale;              // x = scale * q
    int32_t sum[2];           // of the first 16 q, of the others
    int8_t q[BLOCKS_COLUMNS]; // -127 .. 127
} blocks_x;

// out[ceil(n / 32)] from x[n], columns past n as zeros. scale is the largest |x| of the block / 127
// and q the nearest number; where the block is below 1e-30, all zero; where it holds a NaN or an
// infinity, scale is NaN.
typedef void blocks_round_fn(blocks_x *out, const float *x, size_t n);

// y[m][n] = scale[n] * sum over k of x[m][k] * w[n][k]  (+= with add)
typedef struct blocks_args {
    blocks_form form;
    size_t rows;       // of x and y, any number
    size_t n;          // of W: the first rows of its groups, y and scale have no more
    size_t blocks;     // of a row of x and of W
    const blocks_x *x; // [rows, ldx], blocks used
    size_t ldx;
    const void *w; // ceil(n / 16) groups
    float *y;      // [rows, ldy], n used
    size_t ldy;
    bool add;
    const float *scale; // [n], or NULL: 1
} blocks_args;

typedef void blocks_product_fn(const blocks_args *args);

typedef struct blocks_kernels {
    blocks_unpack_fn *q8_0, *q5_0, *q4_k, *q6_k;
    blocks_round_fn *round;
    blocks_product_fn *product;
} blocks_kernels;

// Bytes of a group of so many blocks; overflows for rows of 2^50 columns only.
static inline size_t blocks_group_bytes(blocks_form form, size_t blocks) {
    const size_t supers = (blocks + BLOCKS_PARTS - 1) / BLOCKS_PARTS;
    const size_t halves = BLOCKS_GROUP * sizeof(f16), bytes = BLOCKS_GROUP;
    const size_t numbers = BLOCKS_GROUP * BLOCKS_COLUMNS;
    if (form == BLOCKS_EIGHT) return blocks * (halves + numbers);
    if (form == BLOCKS_HALVES) return supers * halves + blocks * (2 * bytes + numbers);
    return supers * 2 * halves + blocks * (2 * bytes + numbers / 2);
}

#endif
