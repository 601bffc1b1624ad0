// Rotary position embedding. The sines come with the signs of the formula, so a rotation is two
// multiplications of whole vectors: x cos + swap(x) sin.
#include "kernels/loops/lanes.h"

#include "kernels/rope.h"

extern const rope_kernels LEVEL(kernels_rope);

typedef struct rotation {
    const float *cosine, *sine; // [head_size] of one position
    bool back;
} rotation;

LANES_INLINE void rotate_lanes(float *y, const float *x, const rotation *t, size_t i, size_t n) {
    vf a = v_get(x + i, n), sine = v_get(t->sine + i, n);
    vf straight = v_mul(a, v_get(t->cosine + i, n));
    v_put(y + i, t->back ? v_fnma(v_swap(a), sine, straight) : v_fma(v_swap(a), sine, straight), n);
}

LANES_INLINE void rotate_head(float *y, const float *x, const rotation *t, size_t size) {
    size_t i = 0;
    for (; i + V_WIDTH <= size; i += V_WIDTH) rotate_lanes(y, x, t, i, V_WIDTH);
    if (i < size) rotate_lanes(y, x, t, i, size - i);
}

// back is a constant at both calls.
LANES_INLINE void rotate_rows(const rope_args *a, bool back) {
    for (size_t row = 0; row < a->rows; row++) {
        const size_t place = (size_t)a->position[row] * a->head_size;
        const rotation t = {a->table + place, a->table_sin + place, back};
        for (size_t head = 0; head < a->heads; head++)
            rotate_head(a->y + row * a->ldy + head * a->head_size,
                        a->x + row * a->ldx + head * a->head_size, &t, a->head_size);
    }
}

static void rotate(const rope_args *args) {
    if (args->back) {
        rotate_rows(args, true);
    } else {
        rotate_rows(args, false);
    }
}

const rope_kernels LEVEL(kernels_rope) = {
    .rotate = rotate,
};
