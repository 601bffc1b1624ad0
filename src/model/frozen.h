// A model as decoding reads it: every matrix and vector by its use, each matrix of its own type.
// Nothing here changes, so any number of sequences may share it.
#ifndef MODEL_FROZEN_H
#define MODEL_FROZEN_H

#include "model/params.h"
#include "tensor/blocks_matrix.h"
#include "tensor/plan.h"
#include "tensor/view.h"

// A matrix [n, k]: dense numbers, or blocks of few bits in parts that lie one below the other, one
// for each tensor (kernels/blocks.h).
typedef struct frozen_matrix {
    size_t n, k;
    view dense;                 // f32 or bf16, rows may be strided; not given where there are parts
    const blocks_matrix *parts; // [count], each of n / count rows
    size_t count;
} frozen_matrix;

// Rows first .. first + n - 1; of blocks, whole parts.
frozen_matrix frozen_rows(const frozen_matrix *m, size_t first, size_t n);

// What follows an attention: a block's, or a pair's.
typedef struct frozen_core {
    frozen_matrix o, w13, w2;                       // [d, d], [2f, d], [d, f]
    const float *attn_scale, *ffn_norm, *ffn_scale; // [d]
} frozen_core;

typedef struct frozen_block {
    const float *attn_norm; // [d]
    frozen_matrix qkv;      // [3d, d]
    frozen_core core;
} frozen_block;

typedef struct frozen_pair {
    const float *q_norm, *kv_norm, *null_k, *null_v; // [d]
    frozen_core core;
} frozen_pair;

typedef struct frozen_round {
    frozen_matrix project[MODEL_SCALES]; // [6d, d], see params.h
    frozen_pair pair[MODEL_PAIRS];
} frozen_round;

typedef struct frozen {
    const param_table *table;
    view embed;                       // [V, d], f32 or bf16: rows to look up
    frozen_matrix head;               // [V, d]: the same as a matrix
    frozen_matrix down[MODEL_SCALES]; // [d, kd]; 1 and 2
    frozen_matrix up[MODEL_SCALES];   // [k d, d]: the slices one below the other; 1 and 2
    frozen_matrix gate[MODEL_SCALES]; // [3, d] each, dense: columns of one matrix
    frozen_matrix fuse;               // [d, d]
    const float *start[MODEL_SCALES]; // [d]; 1 and 2
    const float *stack_norm[MODEL_SCALES], *norm; // [d]
    frozen_block *blocks;                         // [3 * n_layers], by scale, then layer; owned
    frozen_round *rounds;                         // [n_cross]; owned
    void *owned;                                  // what a model in tensors had to copy or prepare
    const plan_memory *memory;                    // where from; NULL: base/alloc.h
} frozen;

// Blocks with the layout of a table: number i of the table is number i of each.
typedef struct frozen_source {
    const float *block;   // the vectors are read from here
    const void *matrices; // the matrices from here: the same block, or one of bf16
    dtype type;           // of matrices, f32 or bf16
} frozen_source;

// Borrows all of it; nothing to free after a failure, as of the function below.
axl_status frozen_of_block(frozen *out, const param_table *t, const frozen_source *s,
                           axl_error *err);

// A model in tensors that lie anywhere, the rows of the table: all matrices dense (f32, bf16 or
// f16), or all in blocks and then the gate and the vectors as f32.
typedef struct frozen_tensor {
    dtype type;
    const void *data; // dense: aligned for the type; blocks: any alignment
    bool grouped;     // blocks: prepared (tensor/blocks_matrix.h), not in stored rows
} frozen_tensor;

typedef struct frozen_machine {
    const kernels *k;
    pool *p;                   // may be NULL
    const plan_memory *memory; // must outlive the model; NULL: base/alloc.h
    bool borrow;               // the tensors outlive the model: what can be used as it lies, is
    bool exact;                // dense matrices of bf16 as f32: products round nothing to bf16
} frozen_machine;

// Takes memory for what is not borrowed: without borrow all tensors; with it f16, neighbours of the
// table that are not neighbours in memory, blocks in rows, and the embedding in blocks. Without
// borrow the tensors are not needed afterwards. list: [t->count]. AXL_BAD_FILE where a tensor has a
// type that its place cannot have.
axl_status frozen_of_tensors(frozen *out, const param_table *t, const frozen_tensor *list,
                             const frozen_machine *machine, axl_error *err);

// Bytes that a model in blocks takes without borrow; only the types of the list are read.
axl_status frozen_tensors_bytes(const param_table *t, const frozen_tensor *list, size_t *out,
                                axl_error *err);

// Bytes of the matrices that decoding one byte reads, on average over many. Vectors and what was
// computed before are not counted.
double frozen_bytes_read(const frozen *m);

void frozen_free(frozen *m);

#endif
