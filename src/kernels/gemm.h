// The matrix product C = A B (or +=) of one task: single-threaded, over a B packed into panels.
//
// The three forms of training, row-major, W [N, K]:
//   forward   Y [M, N]  = X  [M, K] W^T      A = X,    B(k, n) = W[n][k]    pack_cols
//   dX        dX [M, K] = dY [M, N] W        A = dY,   B(k, n) = W[k][n]    pack_rows
//   dW        dW [N, K] += dY^T X            A = dY^T  (a_form columns), B = X  pack_rows
// A panel holds tile_n columns of B, all k; a weight is packed once and used by every task.
#ifndef AXL_KERNELS_GEMM_H
#define AXL_KERNELS_GEMM_H

#include "kernels/convert.h"
#include <stdbool.h>

// Elements of the source are f32 or bf16 by the family; panels are in the family's own format.
// A call packs one block of B, given by itself: B may exist nowhere as a whole.
typedef struct gemm_pack_args {
    size_t k, n;   // of the whole B
    size_t k0, k1; // the rows of the block: k0 even, k1 too or k itself
    size_t n0, n1; // its columns: n0 a multiple of tile_n, n1 too or n itself
    const void *b; // pack_rows: B(k0 + k, n0 + n) = b[k * ldb + n]; pack_cols: b[n * ldb + k]
    size_t ldb;
    void *panels; // of the whole B: pack_bytes(k, n) bytes, aligned to 64
} gemm_pack_args;

typedef struct gemm_args {
    size_t m, n, k;
    const void *a; // rows: A(m, k) = a[m * lda + k]; columns: A(m, k) = a[k * lda + m]
    size_t lda;
    bool a_columns;
    bool a_packed; // scratch already holds the columns of A, packed by pack_a with the same m and k
    const void *panels; // B packed with the same k and n
    size_t n0, n1;      // the columns of C that this call computes: n0 a multiple of tile_n
    float *c;           // [m, ldc]; column n0 is at c[n0]
    size_t ldc;
    bool add;      // += instead of =
    void *scratch; // scratch_bytes(...) bytes, aligned to 64
} gemm_args;

// Few rows with a weight as it lies: C (m, n) = sum over k of A(m, k) * scale[n] * w[n * ldw + k],
// the bits of a run over panels of which the weights were multiplied with scale before.
#define GEMM_FEW_ROWS 8
typedef struct gemm_few_args {
    size_t m, n, k; // m <= GEMM_FEW_ROWS
    const void *a;  // A(m, k) = a[m * lda + k]
    size_t lda;
    const void *w;
    size_t ldw;
    const float *scale; // [n], or NULL: 1; only of f32
    size_t n0, n1;      // the columns of C that this call computes
    float *c;           // [m, ldc]
    size_t ldc;
    bool add;      // += instead of =
    void *scratch; // few_bytes(k) bytes, aligned to 64: A, as few_pack lays it
} gemm_few_args;

typedef void gemm_pack_fn(const gemm_pack_args *args);
typedef void gemm_run_fn(const gemm_args *args);
// Packs the columns of A (a_columns) for several runs over the same rows: m, k, a and lda count,
// k <= k_block.
typedef void gemm_pack_a_fn(const gemm_args *args);
typedef size_t gemm_pack_bytes_fn(size_t k, size_t n);
typedef size_t gemm_scratch_fn(size_t m, size_t n, size_t k);
typedef void gemm_few_fn(const gemm_few_args *args);
typedef size_t gemm_few_bytes_fn(size_t k);

typedef struct gemm_kernels {
    size_t tile_m, tile_n; // of the register tile; tile_n divides 32
    size_t k_block;        // the longest sum between two passes over C
    gemm_pack_bytes_fn *pack_bytes;
    gemm_pack_fn *pack_rows, *pack_cols;
    gemm_pack_a_fn *pack_a;
    gemm_scratch_fn *scratch_bytes; // for a task of m rows
    gemm_run_fn *run;
    gemm_few_bytes_fn *few_bytes;
    gemm_few_fn *few_pack; // A into the scratch: m, k, a and lda count
    gemm_few_fn *few_run;
} gemm_kernels;

#endif
