#include "tensor/dtype.h"

#include "base/sizes.h"

#include <string.h>

static void f32_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    (void)k;
    memmove(out, in, n * sizeof *out);
}

static void f32_from_f32(const kernels *k, void *out, const float *in, size_t n) {
    (void)k;
    memmove(out, in, n * sizeof *in);
}

static void f16_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->convert->f16_to_f32(out, in, n);
}

static void f16_from_f32(const kernels *k, void *out, const float *in, size_t n) {
    k->convert->f32_to_f16(out, in, n);
}

static void bf16_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->convert->bf16_to_f32(out, in, n);
}

static void bf16_from_f32(const kernels *k, void *out, const float *in, size_t n) {
    k->convert->f32_to_bf16(out, in, n);
}

static void q8_0_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->blocks->q8_0(out, in, n);
}

static void q5_0_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->blocks->q5_0(out, in, n);
}

static void q4_k_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->blocks->q4_k(out, in, n);
}

static void q6_k_to_f32(const kernels *k, float *out, const void *in, size_t n) {
    k->blocks->q6_k(out, in, n);
}

#define NO DTYPE_NO_GGUF

static const dtype_info table[DTYPES] = {
    // name, safetensors, gguf, block, bytes, align, to f32, from f32
    [DTYPE_F32] = {"f32", "F32", 0, 1, 4, 4, f32_to_f32, f32_from_f32},
    [DTYPE_F16] = {"f16", "F16", 1, 1, 2, 2, f16_to_f32, f16_from_f32},
    [DTYPE_BF16] = {"bf16", "BF16", 30, 1, 2, 2, bf16_to_f32, bf16_from_f32},
    [DTYPE_F64] = {"f64", "F64", 28, 1, 8, 8, NULL, NULL},
    [DTYPE_I8] = {"i8", "I8", 24, 1, 1, 1, NULL, NULL},
    [DTYPE_U8] = {"u8", "U8", NO, 1, 1, 1, NULL, NULL},
    [DTYPE_I16] = {"i16", "I16", 25, 1, 2, 2, NULL, NULL},
    [DTYPE_U16] = {"u16", "U16", NO, 1, 2, 2, NULL, NULL},
    [DTYPE_I32] = {"i32", "I32", 26, 1, 4, 4, NULL, NULL},
    [DTYPE_U32] = {"u32", "U32", NO, 1, 4, 4, NULL, NULL},
    [DTYPE_I64] = {"i64", "I64", 27, 1, 8, 8, NULL, NULL},
    [DTYPE_U64] = {"u64", "U64", NO, 1, 8, 8, NULL, NULL},
    [DTYPE_BOOL] = {"bool", "BOOL", NO, 1, 1, 1, NULL, NULL},
    [DTYPE_Q8_0] = {"q8_0", NULL, 8, BLOCKS_COLUMNS, sizeof(block_q8_0), 2, q8_0_to_f32, NULL},
    [DTYPE_Q5_0] = {"q5_0", NULL, 6, BLOCKS_COLUMNS, sizeof(block_q5_0), 2, q5_0_to_f32, NULL},
    [DTYPE_Q4_K] = {"q4_k", NULL, 12, BLOCKS_SUPER, sizeof(block_q4_k), 2, q4_k_to_f32, NULL},
    [DTYPE_Q6_K] = {"q6_k", NULL, 14, BLOCKS_SUPER, sizeof(block_q6_k), 2, q6_k_to_f32, NULL},
};

const dtype_info *dtype_of(dtype type) {
    return type < DTYPES ? &table[type] : NULL;
}

dtype dtype_by_name(const char *name) {
    for (unsigned i = 0; name && i < DTYPES; i++)
        if (strcmp(table[i].name, name) == 0) return (dtype)i;
    return DTYPES;
}

dtype dtype_by_safetensors(const char *name) {
    for (unsigned i = 0; name && i < DTYPES; i++)
        if (table[i].safetensors && strcmp(table[i].safetensors, name) == 0) return (dtype)i;
    return DTYPES;
}

dtype dtype_by_gguf(int id) {
    for (unsigned i = 0; id != DTYPE_NO_GGUF && i < DTYPES; i++)
        if (table[i].gguf == id) return (dtype)i;
    return DTYPES;
}

bool dtype_bytes(dtype type, size_t elements, size_t *out) {
    const dtype_info *info = dtype_of(type);
    if (!info || elements % info->block != 0) return false;
    return size_mul(elements / info->block, info->block_bytes, out);
}
