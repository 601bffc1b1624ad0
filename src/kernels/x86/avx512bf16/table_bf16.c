// Level avx512bf16: what the bf16 and VNNI instructions change. The rest is inherited from avx512.
#include "kernels/loops/level.h"

#include "kernels/kernels.h"

extern const gemm_kernels LEVEL(kernels_gemm_bf16);
extern const blocks_kernels LEVEL(kernels_blocks);
extern const peak_kernels LEVEL(kernels_peak);

extern const kernels LEVEL(kernels_table);
const kernels LEVEL(kernels_table) = {
    .gemm_bf16 = &LEVEL(kernels_gemm_bf16),
    .blocks = &LEVEL(kernels_blocks),
    .peak = &LEVEL(kernels_peak),
};
