// Optimizer updates in one pass over the weights. The step is computed from the new momentum before
// that is rounded to bf16 for storage.
#include "kernels/loops/lanes.h"

#include "kernels/update.h"
#include <stdbool.h>

extern const update_kernels LEVEL(kernels_update);

// What all updates share. half (m is bf16) and every flag below are constants at each call.
LANES_INLINE vf get_m(const void *m, size_t i, size_t n, bool half) {
    if (!half) return v_get((const float *)m + i, n);
    return v_get_bf16((const bf16 *)m + i, n);
}

LANES_INLINE void put_m(void *m, size_t i, vf a, size_t n, bool half) {
    if (half) {
        v_put_bf16((bf16 *)m + i, a, n);
    } else {
        v_put((float *)m + i, a, n);
    }
}

LANES_INLINE vf get_g(const update_args *a, size_t i, size_t n) {
    return v_mul(v_get(a->g + i, n), v_set1(a->g_scale));
}

// x + (y - x) (1 - beta), written beta x + (1 - beta) y
LANES_INLINE vf blend(float beta, vf x, vf y) {
    return v_fma(v_set1(beta), x, v_mul(v_set1(1.0f - beta), y));
}

// w -= rate (step + decay w), with the copy
LANES_INLINE void put_w(const update_args *a, size_t i, vf step, size_t n) {
    vf w = v_get(a->w + i, n);
    w = v_fnma(v_set1(a->rate), v_fma(v_set1(a->decay), w, step), w);
    v_put(a->w + i, w, n);
    if (a->copy) v_put_bf16(a->copy + i, w, n);
}

LANES_INLINE void lion_lanes(const update_args *a, size_t i, size_t n, bool half) {
    vf g = get_g(a, i, n), m = get_m(a->m, i, n, half);
    put_w(a, i, v_sign(blend(a->beta1, m, g)), n);
    put_m(a->m, i, blend(a->beta2, m, g), n, half);
}

LANES_INLINE void sgd_lanes(const update_args *a, size_t i, size_t n, bool half) {
    vf m = v_fma(v_set1(a->beta1), get_m(a->m, i, n, half), get_g(a, i, n));
    put_m(a->m, i, m, n, half);
    put_w(a, i, m, n);
}

LANES_INLINE void plain_lanes(const update_args *a, size_t i, size_t n, bool half) {
    (void)half;
    put_w(a, i, get_g(a, i, n), n);
}

LANES_INLINE void adamw_lanes(const update_args *a, size_t i, size_t n, bool half) {
    vf g = get_g(a, i, n);
    vf m = blend(a->beta1, get_m(a->m, i, n, half), g);
    vf v = blend(a->beta2, v_get(a->v + i, n), v_mul(g, g));
    put_m(a->m, i, m, n, half);
    v_put(a->v + i, v, n);
    vf root = v_add(v_sqrt(v_mul(v, v_set1(a->correction2))), v_set1(a->eps));
    put_w(a, i, v_div(v_mul(m, v_set1(a->correction1)), root), n);
}

typedef void lanes_fn(const update_args *a, size_t i, size_t n, bool half);

LANES_INLINE void update(const update_args *args, lanes_fn *lanes, bool half) {
    const update_args a = *args; // a copy that no store can change
    size_t i = 0;
    for (; i + V_WIDTH <= a.n; i += V_WIDTH) lanes(&a, i, V_WIDTH, half);
    if (i < a.n) lanes(&a, i, a.n - i, half);
}

static void lion(const update_args *args) {
    update(args, lion_lanes, false);
}

static void lion_bf16(const update_args *args) {
    update(args, lion_lanes, true);
}

static void sgd(const update_args *args) {
    if (args->m) {
        update(args, sgd_lanes, false);
    } else {
        update(args, plain_lanes, false);
    }
}

static void sgd_bf16(const update_args *args) {
    if (args->m) {
        update(args, sgd_lanes, true);
    } else {
        update(args, plain_lanes, true);
    }
}

static void adamw(const update_args *args) {
    update(args, adamw_lanes, false);
}

static void adamw_bf16(const update_args *args) {
    update(args, adamw_lanes, true);
}

const update_kernels LEVEL(kernels_update) = {
    .lion = lion,
    .lion_bf16 = lion_bf16,
    .sgd = sgd,
    .sgd_bf16 = sgd_bf16,
    .adamw = adamw,
    .adamw_bf16 = adamw_bf16,
};
