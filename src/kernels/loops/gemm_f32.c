// The matrix product of f32 sources.
#include "kernels/loops/level.h"

#define ELEM float
#define ELEM_IS_F32 1
#define ELEM_LOAD(p) v_load(p)
#define ELEM_LOAD_N(p, n) v_load_n(p, n)
#define ELEM_ONE(p) (*(p))

static inline void transpose_block(float *out, size_t ldo, const float *in, size_t ldi) {
    v_transpose(out, ldo, in, ldi);
}

#include "kernels/loops/gemm_body.h"

extern const gemm_kernels LEVEL(kernels_gemm_f32);
const gemm_kernels LEVEL(kernels_gemm_f32) = GEMM_TABLE;
