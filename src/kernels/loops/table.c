// The table of one level. A family that a level does not compile stays NULL and is inherited.
#include "kernels/loops/level.h"

#include "kernels/kernels.h"

extern const gemm_kernels LEVEL(kernels_gemm_f32);
extern const gemm_kernels LEVEL(kernels_gemm_bf16);
extern const dot_kernels LEVEL(kernels_dot);
extern const blocks_kernels LEVEL(kernels_blocks);
extern const attention_kernels LEVEL(kernels_attention);
extern const norm_kernels LEVEL(kernels_norm);
extern const rope_kernels LEVEL(kernels_rope);
extern const fold_kernels LEVEL(kernels_fold);
extern const dropout_kernels LEVEL(kernels_dropout);
extern const elementwise_kernels LEVEL(kernels_elementwise);
extern const loss_kernels LEVEL(kernels_loss);
extern const update_kernels LEVEL(kernels_update);
extern const convert_kernels LEVEL(kernels_convert);
extern const peak_kernels LEVEL(kernels_peak);

extern const kernels LEVEL(kernels_table);
const kernels LEVEL(kernels_table) = {
    .gemm_f32 = &LEVEL(kernels_gemm_f32),
    .gemm_bf16 = &LEVEL(kernels_gemm_bf16),
    .dot = &LEVEL(kernels_dot),
    .blocks = &LEVEL(kernels_blocks),
    .attention = &LEVEL(kernels_attention),
    .norm = &LEVEL(kernels_norm),
    .rope = &LEVEL(kernels_rope),
    .fold = &LEVEL(kernels_fold),
    .dropout = &LEVEL(kernels_dropout),
    .elementwise = &LEVEL(kernels_elementwise),
    .loss = &LEVEL(kernels_loss),
    .update = &LEVEL(kernels_update),
    .convert = &LEVEL(kernels_convert),
    .peak = &LEVEL(kernels_peak),
};
