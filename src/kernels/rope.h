// Rotary position embedding on adjacent pairs (x0, x1), (x2, x3), ... of each head.
#ifndef AXL_KERNELS_ROPE_H
#define AXL_KERNELS_ROPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// (y0, y1) = (x0 c - x1 s, x1 c + x0 s); with back the transpose, (x0 c + x1 s, x1 c - x0 s), which
// is the backward pass: a gradient rotated back.
typedef struct rope_args {
    size_t rows, heads, head_size; // head_size even
    const float *x;                // [rows, ldx], heads * head_size used
    size_t ldx;
    float *y; // [rows, ldy]; may be x (with ldy == ldx)
    size_t ldy;
    const uint32_t *position; // [rows]: the row of the table
    const float *table;       // [positions, head_size]: c0 c0 c1 c1 ... per position
    const float *table_sin;   // [positions, head_size]: -s0 s0 -s1 s1 ...
    bool back;
} rope_args;

typedef void rope_fn(const rope_args *args);

typedef struct rope_kernels {
    rope_fn *rotate;
} rope_kernels;

#endif
