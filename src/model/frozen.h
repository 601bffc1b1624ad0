// A model as decoding reads it: every matrix and vector by its use, each matrix of its own type.
// Nothing here is owned or changed, so any number of sequences may share it.
#ifndef MODEL_FROZEN_H
#define MODEL_FROZEN_H

#include "model/params.h"
#include "tensor/view.h"

// What follows an attention: a block's, or a pair's.
typedef struct frozen_core {
    view o, w13, w2;                                // [d, d], [2f, d], [d, f]
    const float *attn_scale, *ffn_norm, *ffn_scale; // [d]
} frozen_core;

typedef struct frozen_block {
    const float *attn_norm; // [d]
    view qkv;               // [3d, d]
    frozen_core core;
} frozen_block;

typedef struct frozen_pair {
    const float *q_norm, *kv_norm, *null_k, *null_v; // [d]
    frozen_core core;
} frozen_pair;

typedef struct frozen_round {
    view project[MODEL_SCALES]; // [6d, d], see params.h
    frozen_pair pair[MODEL_PAIRS];
} frozen_round;

typedef struct frozen {
    const param_table *table;
    view embed;                       // [V, d]
    view down[MODEL_SCALES];          // [d, kd]; 1 and 2
    view up[MODEL_SCALES];            // [k d, d]: the slices one below the other; 1 and 2
    view gate[MODEL_SCALES];          // [3, d] each: columns of one matrix
    view fuse;                        // [d, d]
    const float *start[MODEL_SCALES]; // [d]; 1 and 2
    const float *stack_norm[MODEL_SCALES], *norm; // [d]
    frozen_block *blocks;                         // [3 * n_layers], by scale, then layer; owned
    frozen_round *rounds;                         // [n_cross]; owned
} frozen;

// Blocks with the layout of a table: number i of the table is number i of each.
typedef struct frozen_source {
    const float *block;   // the vectors are read from here
    const void *matrices; // the matrices from here: the same block, or one of bf16
    dtype type;           // of matrices, f32 or bf16
} frozen_source;

axl_status frozen_of_block(frozen *out, const param_table *t, const frozen_source *s,
                           axl_error *err);
void frozen_free(frozen *m);

#endif
