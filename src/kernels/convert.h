// Conversions between f32 and the 16-bit storage types, and plain copies.
#ifndef AXL_KERNELS_CONVERT_H
#define AXL_KERNELS_CONVERT_H

#include <stddef.h>
#include <stdint.h>

typedef uint16_t bf16; // storage only: the upper half of an f32
typedef uint16_t f16;  // storage only: IEEE binary16

// out[i] = in[i], i < n; rounding to nearest even, NaN stays NaN, overflow of f16 is infinity
typedef void convert_f32_bf16_fn(bf16 *out, const float *in, size_t n);
typedef void convert_bf16_f32_fn(float *out, const bf16 *in, size_t n);
typedef void convert_f32_f16_fn(f16 *out, const float *in, size_t n);
typedef void convert_f16_f32_fn(float *out, const f16 *in, size_t n);

typedef struct convert_kernels {
    convert_f32_bf16_fn *f32_to_bf16;
    convert_bf16_f32_fn *bf16_to_f32;
    convert_f32_f16_fn *f32_to_f16;
    convert_f16_f32_fn *f16_to_f32;
} convert_kernels;

#endif
