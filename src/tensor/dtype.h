// The element types of tensors: one row of one table a type, so that a further (quantised) type is
// a row and its conversions, and nothing else has to know it.
#ifndef TENSOR_DTYPE_H
#define TENSOR_DTYPE_H

#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum dtype {
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_F64,
    DTYPE_I8,
    DTYPE_U8,
    DTYPE_I16,
    DTYPE_U16,
    DTYPE_I32,
    DTYPE_U32,
    DTYPE_I64,
    DTYPE_U64,
    DTYPE_BOOL,
    DTYPE_Q8_0, // blocks of few bits: kernels/blocks.h; quant/ makes them
    DTYPE_Q5_0,
    DTYPE_Q4_K,
    DTYPE_Q6_K,
    DTYPES
} dtype;

// n elements (a multiple of the block) between storage and f32; storage is aligned as the row says.
typedef void dtype_to_f32_fn(const kernels *k, float *out, const void *in, size_t n);
typedef void dtype_from_f32_fn(const kernels *k, void *out, const float *in, size_t n);

#define DTYPE_NO_GGUF (-1)

typedef struct dtype_info {
    const char *name;        // "bf16": in our output and options
    const char *safetensors; // "BF16", or NULL where that format has no such type
    int gguf;                // the number in GGUF files, or DTYPE_NO_GGUF
    size_t block;            // elements that are stored together; a row is a whole number of blocks
    size_t block_bytes;      // bytes of such a block
    size_t align;            // of the address of a block in memory
    dtype_to_f32_fn *to_f32; // NULL for types that carry indices or flags, not weights
    dtype_from_f32_fn *from_f32; // NULL for those, and for blocks, which are searched for
} dtype_info;

// The row of type, or NULL where type is out of range. Never to be freed.
const dtype_info *dtype_of(dtype type);

// The type with this name, or DTYPES where there is none. NULL is no name.
dtype dtype_by_name(const char *name);
dtype dtype_by_safetensors(const char *name);
dtype dtype_by_gguf(int id);

// Bytes of so many elements. False on overflow, for a broken block and for a type out of range.
bool dtype_bytes(dtype type, size_t elements, size_t *out) __attribute__((warn_unused_result));

#endif
