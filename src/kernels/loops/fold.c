// Weights with scales and gains folded in. The flags in the structs are constants at every call.
#include "kernels/loops/lanes.h"

#include "kernels/fold.h"
#include <stdbool.h>
#include <stdint.h>

extern const fold_kernels LEVEL(kernels_fold);

static inline float scale_of(const float *scale, size_t row) {
    return scale ? scale[row] : 1.0f;
}

typedef struct fold_row {
    const float *w, *gain; // [columns]
    void *out;             // [columns]
    vf scale;
    uintptr_t next; // the row of w after this one
    bool gained, half;
} fold_row;

// Asks for the next row too, because a processor looks ahead within a page only. Its address is a
// number, not a pointer: the last row has none after it, and fetching touches nothing.
LANES_INLINE void fold_lanes(const fold_row *f, size_t c, size_t n) {
    __builtin_prefetch((const void *)(f->next + c * sizeof(float)), 0, 2);
    vf x = v_mul(v_get(f->w + c, n), f->scale);
    if (f->gained) x = v_mul(x, v_get(f->gain + c, n));
    if (f->half) {
        v_put_bf16((uint16_t *)f->out + c, x, n);
    } else {
        v_put((float *)f->out + c, x, n);
    }
}

LANES_INLINE void fold(const fold_args *a, const bool gained, const bool half) {
    const size_t columns = a->columns, size = half ? sizeof(uint16_t) : sizeof(float);
    for (size_t row = 0; row < a->rows; row++) {
        const fold_row f = {.w = a->w + row * a->ldw,
                            .gain = a->gain,
                            .out = (char *)a->out + row * a->ldo * size,
                            .scale = v_set1(scale_of(a->scale, row)),
                            .next = (uintptr_t)(a->w + row * a->ldw) + a->ldw * sizeof(float),
                            .gained = gained,
                            .half = half};
        size_t c = 0;
        for (; c + V_WIDTH <= columns; c += V_WIDTH) fold_lanes(&f, c, V_WIDTH);
        if (c < columns) fold_lanes(&f, c, columns - c);
    }
}

static void fold_f32(const fold_args *args) {
    if (args->gain) {
        fold(args, true, false);
    } else {
        fold(args, false, false);
    }
}

static void fold_bf16(const fold_args *args) {
    if (args->gain) {
        fold(args, true, true);
    } else {
        fold(args, false, true);
    }
}

typedef struct unfold_row {
    const float *w, *gain; // [columns]
    float *g, *dgain;      // [columns]
    vf scale;
    bool gained, wanted; // wanted: dgain is
} unfold_row;

// Returns sum + G w gain.
LANES_INLINE vf unfold_lanes(const unfold_row *u, size_t c, vf sum, size_t n) {
    vf g = v_get(u->g + c, n);
    const vf product = v_mul(g, v_get(u->w + c, n));
    if (u->wanted) v_put(u->dgain + c, v_fma(product, u->scale, v_get(u->dgain + c, n)), n);
    g = v_mul(g, u->scale);
    if (!u->gained) {
        v_put(u->g + c, g, n);
        return v_add(sum, product);
    }
    const vf gain = v_get(u->gain + c, n);
    v_put(u->g + c, v_mul(g, gain), n);
    return v_fma(product, gain, sum);
}

LANES_INLINE float unfold_row_run(const unfold_row *u, size_t columns) {
    vf sum0 = v_zero(), sum1 = v_zero();
    size_t c = 0;
    for (; c + 2 * V_WIDTH <= columns; c += 2 * V_WIDTH) {
        sum0 = unfold_lanes(u, c, sum0, V_WIDTH);
        sum1 = unfold_lanes(u, c + V_WIDTH, sum1, V_WIDTH);
    }
    if (c + V_WIDTH <= columns) {
        sum0 = unfold_lanes(u, c, sum0, V_WIDTH);
        c += V_WIDTH;
    }
    if (c < columns) sum1 = unfold_lanes(u, c, sum1, columns - c);
    return v_sum(v_add(sum0, sum1));
}

LANES_INLINE void unfold_rows(const unfold_args *a, const bool gained, const bool wanted) {
    for (size_t row = 0; row < a->rows; row++) {
        const unfold_row u = {.w = a->w + row * a->ldw,
                              .gain = a->gain,
                              .g = a->g + row * a->ldg,
                              .dgain = a->dgain,
                              .scale = v_set1(scale_of(a->scale, row)),
                              .gained = gained,
                              .wanted = wanted};
        const float sum = unfold_row_run(&u, a->columns);
        if (a->dscale) a->dscale[row] += sum;
    }
}

static void unfold(const unfold_args *args) {
    if (args->gain && args->dgain) {
        unfold_rows(args, true, true);
    } else if (args->gain) {
        unfold_rows(args, true, false);
    } else if (args->dgain) {
        unfold_rows(args, false, true);
    } else {
        unfold_rows(args, false, false);
    }
}

const fold_kernels LEVEL(kernels_fold) = {
    .f32 = fold_f32,
    .bf16 = fold_bf16,
    .unfold = unfold,
};
