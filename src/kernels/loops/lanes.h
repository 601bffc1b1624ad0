// One body for the main loop of a kernel and for its tail: n is the constant V_WIDTH in the first,
// where the choice below disappears, and fewer in the second.
//
//   for (; i + V_WIDTH <= n; i += V_WIDTH) body(p + i, V_WIDTH);
//   if (i < n) body(p + i, n - i);
#ifndef AXL_KERNELS_LANES_H
#define AXL_KERNELS_LANES_H

#include "kernels/loops/level.h"

#define LANES_INLINE static inline __attribute__((always_inline))

// For loops over accumulators: they stay in registers only if the loop unrolls early.
#ifdef __clang__
#define LANES_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LANES_UNROLL _Pragma("GCC unroll 32")
#endif

LANES_INLINE vf v_get(const float *p, size_t n) {
    return n == V_WIDTH ? v_load(p) : v_load_n(p, n);
}

LANES_INLINE void v_put(float *p, vf a, size_t n) {
    if (n == V_WIDTH) {
        v_store(p, a);
    } else {
        v_store_n(p, a, n);
    }
}

LANES_INLINE vf v_get_bf16(const uint16_t *p, size_t n) {
    return n == V_WIDTH ? v_load_bf16(p) : v_load_bf16_n(p, n);
}

LANES_INLINE void v_put_bf16(uint16_t *p, vf a, size_t n) {
    if (n == V_WIDTH) {
        v_store_bf16(p, a);
    } else {
        v_store_bf16_n(p, a, n);
    }
}

// The first n lanes of a, the others zero.
LANES_INLINE vf v_first(vf a, size_t n) {
    if (n == V_WIDTH) return a;
    float lanes[V_WIDTH];
    v_store(lanes, a);
    return v_load_n(lanes, n);
}

#endif
