// The matrix product of f32 sources.
#include "kernels/loops/level.h"

#define ELEM float
#define ELEM_IS_F32 1
#define ELEM_LOAD(p) v_load(p)
#define ELEM_LOAD_N(p, n) v_load_n(p, n)
#define ELEM_ONE(p) (*(p))

static void transpose_block(float *out, const float *rows, size_t ldb);

#include "kernels/loops/gemm_body.h"

// out[i * TILE_N + c] = rows[c * ldb + i], V_BLOCK each way
static void transpose_block(float *out, const float *rows, size_t ldb) {
    v_transpose(out, TILE_N, rows, ldb);
}

extern const gemm_kernels LEVEL(kernels_gemm_f32);
const gemm_kernels LEVEL(kernels_gemm_f32) = GEMM_TABLE;
