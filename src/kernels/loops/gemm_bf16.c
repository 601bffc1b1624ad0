// The matrix product of bf16 sources on a level without bf16 instructions: widened while packing,
// multiplied and summed in f32.
#include "kernels/loops/level.h"

#include "kernels/convert.h"

static inline float widen(const bf16 *p) {
    uint32_t u = (uint32_t)*p << 16;
    float f;
    __builtin_memcpy(&f, &u, sizeof f);
    return f;
}

#define ELEM bf16
#define ELEM_IS_F32 0
#define ELEM_LOAD(p) v_load_bf16(p)
#define ELEM_LOAD_N(p, n) v_load_bf16_n(p, n)
#define ELEM_ONE(p) widen(p)

static inline void transpose_block(float *out, size_t ldo, const bf16 *in, size_t ldi) {
    float wide[V_BLOCK * V_BLOCK];
    for (size_t c = 0; c < V_BLOCK; c++)
        for (size_t i = 0; i < V_BLOCK; i++) wide[c * V_BLOCK + i] = widen(in + c * ldi + i);
    v_transpose(out, ldo, wide, V_BLOCK);
}

#include "kernels/loops/gemm_body.h"

extern const gemm_kernels LEVEL(kernels_gemm_bf16);
const gemm_kernels LEVEL(kernels_gemm_bf16) = GEMM_TABLE;
