// Any bytes as rows of few bits: prepared and restored they mean the same numbers, and preparing
// them again gives the same groups. The first three bytes choose type, rows and columns.
#include "fuzz_target.h"
#include "kernels/kernels.h"
#include "tensor/blocks_matrix.h"

#include <stdlib.h>
#include <string.h>

#define HEAD ((size_t)3)

static const dtype types[] = {DTYPE_Q8_0, DTYPE_Q5_0, DTYPE_Q4_K, DTYPE_Q6_K};

typedef struct rows {
    dtype type;
    size_t n, k, row_bytes, group_bytes; // of a row, of all groups
} rows;

// Room of exactly these bytes, so that a sanitizer sees each one too far.
static void *room(size_t bytes) {
    void *out = malloc(bytes);
    FUZZ_CHECK(out);
    memset(out, 0xa5, bytes);
    return out;
}

// NaN is as good as any number here: the bits count.
static void compare_numbers(const rows *r, const void *a, const void *b) {
    kernels k;
    const dtype_info *info = dtype_of(r->type);
    const size_t padded = (r->k + info->block - 1) / info->block * info->block;
    float *one = room(padded * sizeof *one), *two = room(padded * sizeof *two);
    FUZZ_CHECK(kernels_select(KERNEL_SCALAR, &k));
    for (size_t i = 0; i < r->n; i++) {
        info->to_f32(&k, one, (const char *)a + i * r->row_bytes, padded);
        info->to_f32(&k, two, (const char *)b + i * r->row_bytes, padded);
        FUZZ_CHECK(memcmp(one, two, r->k * sizeof *one) == 0);
    }
    free(one);
    free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEAD) return 0;
    rows r = {.type = types[data[0] % 4], .n = 1 + data[1] % 40, .k = 1 + (size_t)data[2] * 3};
    FUZZ_CHECK(blocks_row_bytes(r.type, r.k, &r.row_bytes));
    FUZZ_CHECK(blocks_matrix_bytes(r.type, r.n, r.k, &r.group_bytes));
    const size_t bytes = r.n * r.row_bytes, given = size - HEAD < bytes ? size - HEAD : bytes;
    char *in = room(bytes), *back = room(bytes);
    char *groups = room(r.group_bytes), *again = room(r.group_bytes);
    memset(in, 0, bytes);
    memcpy(in, data + HEAD, given);
    const blocks_stored from = {r.type, r.n, r.k, in}, restored = {r.type, r.n, r.k, back};
    const blocks_matrix m = blocks_matrix_prepare(NULL, &from, groups);
    blocks_matrix_restore(NULL, &m, r.type, back);
    compare_numbers(&r, in, back);
    blocks_matrix_prepare(NULL, &restored, again);
    FUZZ_CHECK(memcmp(groups, again, r.group_bytes) == 0);
    free(in);
    free(back);
    free(groups);
    free(again);
    return 0;
}
