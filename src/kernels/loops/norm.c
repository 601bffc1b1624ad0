// RMSNorm. Every row is read from memory once: its second pass finds it in the cache.
#include "kernels/loops/lanes.h"

#include "kernels/norm.h"
#include <math.h>
#include <stdbool.h>

#define CHAINS 4 // independent sums in a row: hides the latency of the additions

extern const norm_kernels LEVEL(kernels_norm);

// One loop writes y = x r gain of a row and sums the squares of the next one, so that writing and
// reading go side by side, as in a copy.
typedef struct forward_row {
    const float *x, *gain; // [d] of the row to write
    float *y;              // [d]
    vf r;
    const float *next; // [d] of the row to sum
    bool write, sum;   // which of the two there is: constants at every call
} forward_row;

LANES_INLINE vf forward_lanes(const forward_row *f, size_t i, vf sum, size_t n) {
    if (f->write) v_put(f->y + i, v_mul(v_mul(v_get(f->x + i, n), f->r), v_get(f->gain + i, n)), n);
    if (!f->sum) return sum;
    vf a = v_get(f->next + i, n);
    return v_fma(a, a, sum);
}

LANES_INLINE float forward_row_run(const forward_row *f, size_t d) {
    vf sum[CHAINS];
    LANES_UNROLL for (size_t j = 0; j < CHAINS; j++) sum[j] = v_zero();
    size_t i = 0;
    for (; i + CHAINS * V_WIDTH <= d; i += CHAINS * V_WIDTH)
        LANES_UNROLL for (size_t j = 0; j < CHAINS; j++) sum[j] =
            forward_lanes(f, i + j * V_WIDTH, sum[j], V_WIDTH);
    for (; i + V_WIDTH <= d; i += V_WIDTH) sum[0] = forward_lanes(f, i, sum[0], V_WIDTH);
    if (i < d) sum[1] = forward_lanes(f, i, sum[1], d - i);
    return v_sum(v_add(v_add(sum[0], sum[1]), v_add(sum[2], sum[3])));
}

static void rmsnorm_forward(const rmsnorm_forward_args *a) {
    const size_t d = a->d;
    if (a->rows == 0) return;
    float squares = forward_row_run(&(forward_row){.next = a->x, .sum = true}, d);
    for (size_t row = 0; row < a->rows; row++) {
        const float r = 1.0f / sqrtf(squares / (float)d + a->eps);
        if (a->r) a->r[row] = r;
        forward_row f = {.x = a->x + row * d,
                         .gain = a->gain,
                         .y = a->y + row * d,
                         .r = v_set1(r),
                         .next = a->x + (row + 1) * d,
                         .write = true};
        if (row + 1 < a->rows) {
            f.sum = true;
            squares = forward_row_run(&f, d);
        } else {
            forward_row_run(&f, d);
        }
    }
}

typedef struct backward_row {
    const float *x, *gain, *dy; // [d]
    float *dx, *dgain;          // [d]
    vf r;
    vf pull; // r^3 mean(g x): what x is multiplied with
} backward_row;

// dgain += dy x r; returns sum + dy x gain
LANES_INLINE vf backward_sum_lanes(const backward_row *b, size_t i, vf sum, size_t n) {
    vf product = v_mul(v_get(b->dy + i, n), v_get(b->x + i, n));
    v_put(b->dgain + i, v_fma(product, b->r, v_get(b->dgain + i, n)), n);
    return v_fma(product, v_get(b->gain + i, n), sum);
}

static float backward_sum(const backward_row *b, size_t d) {
    vf sum0 = v_zero(), sum1 = v_zero();
    size_t i = 0;
    for (; i + 2 * V_WIDTH <= d; i += 2 * V_WIDTH) {
        sum0 = backward_sum_lanes(b, i, sum0, V_WIDTH);
        sum1 = backward_sum_lanes(b, i + V_WIDTH, sum1, V_WIDTH);
    }
    if (i + V_WIDTH <= d) {
        sum0 = backward_sum_lanes(b, i, sum0, V_WIDTH);
        i += V_WIDTH;
    }
    if (i < d) sum1 = backward_sum_lanes(b, i, sum1, d - i);
    return v_sum(v_add(sum0, sum1));
}

LANES_INLINE void backward_dx_lanes(const backward_row *b, size_t i, size_t n) {
    vf g = v_mul(v_get(b->dy + i, n), v_get(b->gain + i, n));
    vf dx = v_fma(g, b->r, v_get(b->dx + i, n));
    v_put(b->dx + i, v_fnma(v_get(b->x + i, n), b->pull, dx), n);
}

static void rmsnorm_backward(const rmsnorm_backward_args *a) {
    const size_t d = a->d;
    for (size_t row = 0; row < a->rows; row++) {
        const float r = a->r[row];
        backward_row b = {.x = a->x + row * d,
                          .gain = a->gain,
                          .dy = a->dy + row * d,
                          .dx = a->dx + row * d,
                          .dgain = a->dgain,
                          .r = v_set1(r)};
        b.pull = v_set1(r * r * r * (backward_sum(&b, d) / (float)d));
        size_t i = 0;
        for (; i + V_WIDTH <= d; i += V_WIDTH) backward_dx_lanes(&b, i, V_WIDTH);
        if (i < d) backward_dx_lanes(&b, i, d - i);
    }
}

const norm_kernels LEVEL(kernels_norm) = {
    .rmsnorm_forward = rmsnorm_forward,
    .rmsnorm_backward = rmsnorm_backward,
};
