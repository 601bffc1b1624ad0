// Conversions between f32, bf16 and f16.
#include "kernels/loops/level.h"

#include "kernels/convert.h"

extern const convert_kernels LEVEL(kernels_convert);

static void f32_to_bf16(bf16 *out, const float *in, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store_bf16(out + i, v_load(in + i));
    if (i < n) v_store_bf16_n(out + i, v_load_n(in + i, n - i), n - i);
}

static void bf16_to_f32(float *out, const bf16 *in, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(out + i, v_load_bf16(in + i));
    if (i < n) v_store_n(out + i, v_load_bf16_n(in + i, n - i), n - i);
}

static void f32_to_f16(f16 *out, const float *in, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store_f16(out + i, v_load(in + i));
    if (i < n) v_store_f16_n(out + i, v_load_n(in + i, n - i), n - i);
}

static void f16_to_f32(float *out, const f16 *in, size_t n) {
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(out + i, v_load_f16(in + i));
    if (i < n) v_store_n(out + i, v_load_f16_n(in + i, n - i), n - i);
}

const convert_kernels LEVEL(kernels_convert) = {
    .f32_to_bf16 = f32_to_bf16,
    .bf16_to_f32 = bf16_to_f32,
    .f32_to_f16 = f32_to_f16,
    .f16_to_f32 = f16_to_f32,
};
