// Functions on vectors, written once over vec.h.
#ifndef AXL_KERNELS_VMATH_H
#define AXL_KERNELS_VMATH_H

#include "kernels/loops/level.h"

#define V_POW2_BASE 12583039.0f // see v_pow2_sum

// x = n ln2 + r with |r| <= ln2 / 2. Adding the base rounds to an integer by itself.
typedef struct exp_parts {
    vf sum;  // n + V_POW2_BASE
    vf n;    // integral
    vf rest; // exp(r) - 1
} exp_parts;

// The polynomial is 1 + r + r^2 q(r), off by 2^-28 of exp(r). Its terms are paired to shorten the
// chain from x to the result: that, not the number of operations, limits the speed.
static inline exp_parts v_exp_parts(vf x) {
    exp_parts e;
    e.sum = v_fma(x, v_set1(1.44269504f), v_set1(V_POW2_BASE));
    e.n = v_sub(e.sum, v_set1(V_POW2_BASE));
    // ln2 in two parts: the first has few bits, so that n times it is exact.
    vf r = v_fnma(e.n, v_set1(0.693359375f), x);
    r = v_fnma(e.n, v_set1(-2.12194440e-4f), r);
    vf r2 = v_mul(r, r);
    vf low = v_fma(r, v_set1(0x1.555492p-3f), v_set1(0x1.fffffcp-2f));
    vf q = v_fma(r, v_set1(0x1.1239e8p-7f), v_set1(0x1.5558f2p-5f));
    q = v_fma(r2, v_set1(0x1.6a242cp-10f), q);
    e.rest = v_fma(v_fma(q, r2, low), r2, r);
    return e;
}

// exp(x) to about 1 ulp; 0 below -104, infinity above 89, NaN stays NaN. 2^n comes in two factors,
// because n reaches 128 (result near the largest float) and -150 (subnormal).
static inline vf v_exp(vf x) {
    x = v_max(v_set1(-104.0f), v_min(v_set1(89.0f), x)); // x is the second operand: NaN passes
    exp_parts e = v_exp_parts(x);
    vf half_sum = v_fma(e.n, v_set1(0.5f), v_set1(V_POW2_BASE));
    vf half = v_sub(half_sum, v_set1(V_POW2_BASE));
    vf scale = v_pow2_sum(half_sum);
    vf rest_scale = v_pow2_sum(v_add(v_sub(e.n, half), v_set1(V_POW2_BASE)));
    return v_mul(v_fma(e.rest, scale, scale), rest_scale);
}

// exp(x) for x <= 0 to about 1 ulp, NaN stays NaN; 0 where the result would be subnormal (at the
// latest below -87.7). What a softmax asks for, in fewer steps.
static inline vf v_exp_falling(vf x) {
    exp_parts e = v_exp_parts(v_max(v_set1(-88.0f), x));
    vf scale = v_pow2_sum(e.sum);
    return v_fma(e.rest, scale, scale);
}

#endif
