// RMSNorm, with and without a gain. Every row is read from memory once: its second pass finds it in
// the cache.
#include "kernels/loops/lanes.h"

#include "kernels/norm.h"
#include <math.h>
#include <stdbool.h>

#define CHAINS 4 // independent sums in a row: hides the latency of the additions

extern const norm_kernels LEVEL(kernels_norm);

// Which of the functions a loop is: constants at every call, so that each compiles to its own code.
typedef struct form {
    bool gained; // there is a gain
    bool half;   // what is kept for the backward pass, y, is bf16
} norm_form;

// One loop writes y = x r gain of a row and sums the squares of the next one, so that writing and
// reading go side by side, as in a copy.
typedef struct forward_row {
    const float *x, *gain; // [d] of the row to write
    void *y;               // [d]
    vf r;
    const float *next; // [d] of the row to sum
    bool write, sum;   // which of the two there is: constants at every call
    norm_form form;
} forward_row;

LANES_INLINE void forward_write(const forward_row *f, size_t i, size_t n) {
    vf y = v_mul(v_get(f->x + i, n), f->r);
    if (f->form.gained) y = v_mul(y, v_get(f->gain + i, n));
    if (f->form.half) {
        v_put_bf16((uint16_t *)f->y + i, y, n);
    } else {
        v_put((float *)f->y + i, y, n);
    }
}

LANES_INLINE vf forward_lanes(const forward_row *f, size_t i, vf sum, size_t n) {
    if (f->write) forward_write(f, i, n);
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

LANES_INLINE void forward(const normalize_forward_args *a, const float *gain,
                          const norm_form form) {
    const size_t d = a->d, bytes = d * (form.half ? sizeof(uint16_t) : sizeof(float));
    if (a->rows == 0) return;
    float squares = forward_row_run(&(forward_row){.next = a->x, .sum = true}, d);
    for (size_t row = 0; row < a->rows; row++) {
        const float r = 1.0f / sqrtf(squares / (float)d + a->eps);
        if (a->r) a->r[row] = r;
        forward_row f = {.x = a->x + row * d,
                         .gain = gain,
                         .y = (char *)a->y + row * bytes,
                         .r = v_set1(r),
                         .next = a->x + (row + 1) * d,
                         .write = true,
                         .form = form};
        if (row + 1 < a->rows) {
            f.sum = true;
            squares = forward_row_run(&f, d);
        } else {
            forward_row_run(&f, d);
        }
    }
}

static void rmsnorm_forward(const rmsnorm_forward_args *a) {
    const normalize_forward_args same = {a->rows, a->d, a->eps, a->x, a->y, a->r};
    forward(&same, a->gain, (norm_form){.gained = true});
}

static void normalize_forward(const normalize_forward_args *args) {
    forward(args, NULL, (norm_form){0});
}

static void normalize_forward_bf16(const normalize_forward_args *args) {
    forward(args, NULL, (norm_form){.half = true});
}

// The backward pass of both, from what the forward pass kept: the input x of rmsnorm, the result y
// of normalize.
typedef struct backward_row {
    const void *kept;       // [d]
    const float *gain, *dy; // [d]
    float *dx, *dgain;      // [d]
    vf r;
    vf pull; // what the kept row is multiplied with: r^3 mean(g x) or r mean(dy y)
    norm_form form;
} backward_row;

LANES_INLINE vf get_kept(const backward_row *b, size_t i, size_t n) {
    if (b->form.half) return v_get_bf16((const uint16_t *)b->kept + i, n);
    return v_get((const float *)b->kept + i, n);
}

// dgain += dy x r; returns sum + dy x gain, or sum + dy y
LANES_INLINE vf backward_sum_lanes(const backward_row *b, size_t i, vf sum, size_t n) {
    if (!b->form.gained) return v_fma(v_get(b->dy + i, n), get_kept(b, i, n), sum);
    vf product = v_mul(v_get(b->dy + i, n), get_kept(b, i, n));
    v_put(b->dgain + i, v_fma(product, b->r, v_get(b->dgain + i, n)), n);
    return v_fma(product, v_get(b->gain + i, n), sum);
}

LANES_INLINE float backward_sum(const backward_row *b, size_t d) {
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
    vf g = v_get(b->dy + i, n);
    if (b->form.gained) g = v_mul(g, v_get(b->gain + i, n));
    vf dx = v_fma(g, b->r, v_get(b->dx + i, n));
    v_put(b->dx + i, v_fnma(get_kept(b, i, n), b->pull, dx), n);
}

LANES_INLINE void backward_dx(const backward_row *b, size_t d) {
    size_t i = 0;
    for (; i + V_WIDTH <= d; i += V_WIDTH) backward_dx_lanes(b, i, V_WIDTH);
    if (i < d) backward_dx_lanes(b, i, d - i);
}

static void rmsnorm_backward(const rmsnorm_backward_args *a) {
    const size_t d = a->d;
    for (size_t row = 0; row < a->rows; row++) {
        const float r = a->r[row];
        backward_row b = {.kept = a->x + row * d,
                          .gain = a->gain,
                          .dy = a->dy + row * d,
                          .dx = a->dx + row * d,
                          .dgain = a->dgain,
                          .r = v_set1(r),
                          .form = {.gained = true}};
        b.pull = v_set1(r * r * r * (backward_sum(&b, d) / (float)d));
        backward_dx(&b, d);
    }
}

LANES_INLINE void backward(const normalize_backward_args *a, const norm_form form) {
    const size_t d = a->d, bytes = d * (form.half ? sizeof(uint16_t) : sizeof(float));
    for (size_t row = 0; row < a->rows; row++) {
        const float r = a->r[row];
        backward_row b = {.kept = (const char *)a->y + row * bytes,
                          .dy = a->dy + row * d,
                          .dx = a->dx + row * d,
                          .r = v_set1(r),
                          .form = form};
        b.pull = v_set1(r * (backward_sum(&b, d) / (float)d));
        backward_dx(&b, d);
    }
}

static void normalize_backward(const normalize_backward_args *args) {
    backward(args, (norm_form){0});
}

static void normalize_backward_bf16(const normalize_backward_args *args) {
    backward(args, (norm_form){.half = true});
}

const norm_kernels LEVEL(kernels_norm) = {
    .rmsnorm_forward = rmsnorm_forward,
    .rmsnorm_backward = rmsnorm_backward,
    .normalize_forward = normalize_forward,
    .normalize_forward_bf16 = normalize_forward_bf16,
    .normalize_backward = normalize_backward,
    .normalize_backward_bf16 = normalize_backward_bf16,
};
