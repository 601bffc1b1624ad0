// Loops bound by memory: every number is read and written once.
#include "kernels/loops/lanes.h"

#include "kernels/elementwise.h"
#include "kernels/loops/vmath.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

extern const elementwise_kernels LEVEL(kernels_elementwise);

// ---- SwiGLU ----
// 1 + exp(-b)
LANES_INLINE vf one_plus_exp_minus(vf b) {
    return v_add(v_set1(1.0f), v_exp(v_sub(v_zero(), b)));
}

LANES_INLINE void swiglu_lanes(float *y, const float *a, const float *b, size_t n) {
    vf vb = v_get(b, n);
    v_put(y, v_mul(v_get(a, n), v_div(vb, one_plus_exp_minus(vb))), n);
}

static void swiglu_forward(float *y, const float *a, const float *b, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) swiglu_lanes(y + i, a + i, b + i, V_WIDTH);
    if (i < n) swiglu_lanes(y + i, a + i, b + i, n - i);
}

LANES_INLINE void swiglu_backward_lanes(const swiglu_backward_args *args, size_t i, size_t n,
                                        bool again) {
    vf a = v_get(args->a + i, n), b = v_get(args->b + i, n), dy = v_get(args->dy + i, n);
    vf s = v_div(v_set1(1.0f), one_plus_exp_minus(b));
    vf silu = v_mul(b, s);
    vf slope = v_fma(silu, v_sub(v_set1(1.0f), s), s);
    v_put(args->da + i, v_mul(dy, silu), n);
    v_put(args->db + i, v_mul(v_mul(dy, a), slope), n);
    if (again) v_put(args->y + i, v_mul(a, silu), n);
}

LANES_INLINE void swiglu_backward_run(const swiglu_backward_args *args, bool again) {
    size_t i = 0;
    for (; i + V_WIDTH <= args->n; i += V_WIDTH) swiglu_backward_lanes(args, i, V_WIDTH, again);
    if (i < args->n) swiglu_backward_lanes(args, i, args->n - i, again);
}

static void swiglu_backward(const swiglu_backward_args *args) {
    if (args->y)
        swiglu_backward_run(args, true);
    else
        swiglu_backward_run(args, false);
}

// ---- scale of channels ----
LANES_INLINE void scale_add_lanes(float *h, const float *x, const float *s, size_t n) {
    v_put(h, v_fma(v_get(s, n), v_get(x, n), v_get(h, n)), n);
}

static void scale_add(const scale_add_args *args) {
    const size_t d = args->d;
    for (size_t row = 0; row < args->rows; row++) {
        const float *x = args->x + row * d;
        float *h = args->h + row * d;
        size_t i = 0;
        for (; i + V_WIDTH <= d; i += V_WIDTH) scale_add_lanes(h + i, x + i, args->s + i, V_WIDTH);
        if (i < d) scale_add_lanes(h + i, x + i, args->s + i, d - i);
    }
}

// i counts in the row, at in the whole array.
LANES_INLINE void scale_backward_lanes(const scale_backward_args *args, size_t i, size_t at,
                                       size_t n) {
    vf dh = v_get(args->dh + at, n);
    v_put(args->ds + i, v_fma(dh, v_get(args->x + at, n), v_get(args->ds + i, n)), n);
    v_put(args->dx + at, v_mul(v_get(args->s + i, n), dh), n);
}

static void scale_backward(const scale_backward_args *args) {
    const size_t d = args->d;
    for (size_t row = 0; row < args->rows; row++) {
        size_t i = 0;
        for (; i + V_WIDTH <= d; i += V_WIDTH) scale_backward_lanes(args, i, row * d + i, V_WIDTH);
        if (i < d) scale_backward_lanes(args, i, row * d + i, d - i);
    }
}

// ---- the 3-way gate ----
#define WAYS 3

// g = softmax(z)
static void gate_weights(float *g, const float *z) {
    float most = z[0] > z[1] ? z[0] : z[1];
    most = z[2] > most ? z[2] : most;
    v_store_n(g, v_exp_falling(v_sub(v_load_n(z, WAYS), v_set1(most))), WAYS);
    float sum = g[0] + g[1] + g[2];
    for (size_t a = 0; a < WAYS; a++) g[a] /= sum;
}

LANES_INLINE void gate_lanes(const gate_forward_args *args, const vf *g, size_t at, size_t n) {
    vf y = v_mul(g[0], v_get(args->u[0] + at, n));
    y = v_fma(g[1], v_get(args->u[1] + at, n), y);
    v_put(args->y + at, v_fma(g[2], v_get(args->u[2] + at, n), y), n);
}

static void gate_forward(const gate_forward_args *args) {
    const size_t d = args->d;
    for (size_t row = 0; row < args->rows; row++) {
        float *g = args->g + row * WAYS;
        gate_weights(g, args->z + row * WAYS);
        const vf vg[WAYS] = {v_set1(g[0]), v_set1(g[1]), v_set1(g[2])};
        size_t i = 0;
        for (; i + V_WIDTH <= d; i += V_WIDTH) gate_lanes(args, vg, row * d + i, V_WIDTH);
        if (i < d) gate_lanes(args, vg, row * d + i, d - i);
    }
}

// du_a = g_a dy; t_a += dy u_a
LANES_INLINE void gate_backward_lanes(const gate_backward_args *args, const vf *g, vf *t, size_t at,
                                      size_t n) {
    vf dy = v_get(args->dy + at, n);
    vf u[WAYS]; // read first: du_a may be u_a
    LANES_UNROLL for (size_t a = 0; a < WAYS; a++) u[a] = v_get(args->u[a] + at, n);
    LANES_UNROLL for (size_t a = 0; a < WAYS; a++) {
        t[a] = v_fma(dy, u[a], t[a]);
        v_put(args->du[a] + at, v_mul(g[a], dy), n);
    }
}

static void gate_backward(const gate_backward_args *args) {
    const size_t d = args->d;
    for (size_t row = 0; row < args->rows; row++) {
        const float *g = args->g + row * WAYS;
        const vf vg[WAYS] = {v_set1(g[0]), v_set1(g[1]), v_set1(g[2])};
        vf vt[WAYS] = {v_zero(), v_zero(), v_zero()};
        size_t i = 0;
        for (; i + V_WIDTH <= d; i += V_WIDTH)
            gate_backward_lanes(args, vg, vt, row * d + i, V_WIDTH);
        if (i < d) gate_backward_lanes(args, vg, vt, row * d + i, d - i);
        float t[WAYS];
        for (size_t a = 0; a < WAYS; a++) t[a] = v_sum(vt[a]);
        float mean = g[0] * t[0] + g[1] * t[1] + g[2] * t[2];
        for (size_t a = 0; a < WAYS; a++) args->dz[row * WAYS + a] = g[a] * (t[a] - mean);
    }
}

// ---- embedding rows ----
static void embed_gather(const embed_args *args) {
    for (size_t row = 0; row < args->rows; row++)
        memcpy(args->y + row * args->d, args->e + args->id[row] * args->d, args->d * sizeof(float));
}

LANES_INLINE void add_lanes(float *y, const float *x, size_t n) {
    v_put(y, v_add(v_get(y, n), v_get(x, n)), n);
}

static void add(float *y, const float *x, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) add_lanes(y + i, x + i, V_WIDTH);
    if (i < n) add_lanes(y + i, x + i, n - i);
}

// b + (a - y): where a is y and a little more, the difference is exact.
LANES_INLINE void join_lanes(float *y, const float *a, const float *b, size_t n) {
    v_put(y, v_add(v_get(b, n), v_sub(v_get(a, n), v_get(y, n))), n);
}

static void join(float *y, const float *a, const float *b, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) join_lanes(y + i, a + i, b + i, V_WIDTH);
    if (i < n) join_lanes(y + i, a + i, b + i, n - i);
}

static void embed_scatter(const embed_args *args) {
    for (size_t row = 0; row < args->rows; row++)
        add(args->de + args->id[row] * args->d + args->column0,
            args->dy + row * args->d + args->column0, args->columns);
}

// ---- flat ranges ----
static void scale(float *y, float s, size_t n) {
    vf vs = v_set1(s);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(y + i, v_mul(v_load(y + i), vs));
    if (i < n) v_store_n(y + i, v_mul(v_load_n(y + i, n - i), vs), n - i);
}

LANES_INLINE void axpy_lanes(float *y, vf s, const float *x, size_t n) {
    v_put(y, v_fma(s, v_get(x, n), v_get(y, n)), n);
}

static void axpy(float *y, float s, const float *x, size_t n) {
    vf vs = v_set1(s);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) axpy_lanes(y + i, vs, x + i, V_WIDTH);
    if (i < n) axpy_lanes(y + i, vs, x + i, n - i);
}

// The square of an f32 is exact in double, so that a fused multiply-add changes nothing but the
// speed.
static inline double add_square(double sum, float x) {
#ifdef FP_FAST_FMA
    return fma((double)x, (double)x, sum);
#else
    return sum + (double)x * (double)x;
#endif
}

// Plain C that the compiler turns into vectors of double; the same sixteen sums, so the same bits,
// at every level.
#define SUMS 16
static double sum_squares(const float *x, size_t n) {
    double sum[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t j = 0; j < SUMS; j++) sum[j] = add_square(sum[j], x[i + j]);
    for (size_t j = 0; i < n; i++, j++) sum[j] = add_square(sum[j], x[i]);
    for (size_t half = SUMS / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++) sum[j] += sum[j + half];
    return sum[0];
}

const elementwise_kernels LEVEL(kernels_elementwise) = {
    .swiglu_forward = swiglu_forward,
    .swiglu_backward = swiglu_backward,
    .scale_add = scale_add,
    .scale_backward = scale_backward,
    .gate_forward = gate_forward,
    .gate_backward = gate_backward,
    .embed_gather = embed_gather,
    .embed_scatter = embed_scatter,
    .add = add,
    .join = join,
    .scale = scale,
    .axpy = axpy,
    .sum_squares = sum_squares,
};
