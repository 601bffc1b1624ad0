// Functions on vectors, written once over vec.h.
#ifndef AXL_KERNELS_VMATH_H
#define AXL_KERNELS_VMATH_H

#include "kernels/loops/level.h"

// exp(x) to about 1 ulp; 0 below -104, infinity above 89, NaN stays NaN.
//
// x = n ln2 + r with |r| <= ln2 / 2; exp(r) by a polynomial; 2^n in two factors, because n reaches
// 128 (result near the largest float) and -150 (subnormal).
static inline vf v_exp(vf x) {
    x = v_max(v_set1(-104.0f), v_min(v_set1(89.0f), x)); // x is the second operand: NaN passes
    vf n = v_round(v_mul(x, v_set1(1.44269504f)));
    vf r = v_fnma(n, v_set1(0.693359375f), x); // ln2 in two parts: the first has few bits, n * it
    r = v_fnma(n, v_set1(-2.12194440e-4f), r); // is exact
    vf p = v_set1(1.0f / 5040);
    p = v_fma(p, r, v_set1(1.0f / 720));
    p = v_fma(p, r, v_set1(1.0f / 120));
    p = v_fma(p, r, v_set1(1.0f / 24));
    p = v_fma(p, r, v_set1(1.0f / 6));
    p = v_fma(p, r, v_set1(0.5f));
    p = v_fma(p, r, v_set1(1.0f));
    p = v_fma(p, r, v_set1(1.0f));
    vf half = v_round(v_mul(n, v_set1(0.5f)));
    return v_mul(v_mul(p, v_pow2(half)), v_pow2(v_sub(n, half)));
}

#endif
