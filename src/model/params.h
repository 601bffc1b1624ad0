// The one table of parameters: a row for every tensor of a model gives its name, shape, place in
// memory, initialisation and weight decay. Initialisation, the optimizer, counts and file formats
// all walk this table; nothing else knows the names.
//
// All parameters of a model lie in one block of f32, in the order of the table. Tensors that one
// product multiplies with (q, k and v of a block, w1 and w3, all projections of one scale in a
// cross round) are neighbours without a gap, so that they are one matrix. A block of gradients or
// of momentum has the same layout.
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include "model/config.h"
#include "tensor/view.h"

#define PARAM_NAME 64 // with the terminator

typedef enum param_init {
    PARAM_NORMAL, // normal numbers of deviation `spread`
    PARAM_ONES,
    PARAM_CONSTANT, // `spread` everywhere
} param_init;

// What a tensor is, for the rule of decay.
typedef enum param_kind {
    PARAM_EMBEDDING, // rows are looked up, and the head is tied to them
    PARAM_MATRIX,    // multiplies activations
    PARAM_GAIN,      // of a norm
    PARAM_SCALE,     // one number a channel on the way back into the residual stream
    PARAM_STATE,     // null keys and values, start states
} param_kind;

// How many bits a tensor's numbers need in a file of few bits (docs/quantisation.md).
typedef enum param_bits {
    PARAM_BITS_ALL,   // stays f32: vectors, and what is too small to matter
    PARAM_BITS_FEW,   // most matrices
    PARAM_BITS_MORE,  // matrices whose errors reach every byte: values, and the ways between scales
    PARAM_BITS_TABLE, // the embedding, which is the head as well
    PARAM_BITS_KINDS
} param_bits;

typedef struct param {
    char name[PARAM_NAME]; // as in model.safetensors
    shape shape;
    size_t offset, count; // in numbers of f32, in the block
    param_kind kind;
    param_init init;
    float spread;
    bool decay; // weight decay applies
    param_bits bits;
} param;

// Offsets of the tensors of one block of a stack; of pairs and rounds below. -> in numbers.
typedef struct block_params {
    size_t attn_norm, qkv /* [3d, d] */, o /* [d, d] */, attn_scale;
    size_t ffn_norm, w13 /* [2f, d] */, w2 /* [d, f] */, ffn_scale;
} block_params;

// Pair a <- b of a round.
typedef struct pair_params {
    size_t q_norm, kv_norm, ffn_norm;
    size_t null_k, null_v;
    size_t o, attn_scale;
    size_t w13, w2, ffn_scale;
} pair_params;

// The projections of the states of scale s in a round, one matrix [6d, d]: the queries of s to the
// two other scales, then keys and values that they read. With b, c = the other scales, ascending:
//   q(s<-b)  q(s<-c)  k(b<-s)  v(b<-s)  k(c<-s)  v(c<-s)
#define CROSS_PARTS ((size_t)6)

typedef struct round_params {
    size_t project[MODEL_SCALES]; // [6d, d]
    pair_params pair[MODEL_PAIRS];
} round_params;

typedef struct param_table {
    model_config config;
    size_t count;
    param *list;         // [count], owned; by offset
    size_t numbers;      // of the whole block, gaps included
    uint64_t parameters; // without gaps
    // Where things are, for the mathematics.
    size_t embed, down[MODEL_SCALES], up[MODEL_SCALES], start[MODEL_SCALES]; // [1], [2] used
    block_params *blocks; // [3 * n_layers], by scale, then layer; owned
    size_t stack_norm[MODEL_SCALES];
    round_params *rounds; // [n_cross], owned
    size_t gate, fuse, norm;
} param_table;

// Number of pair (a <- b) in 0..5, a != b: by a, then b ascending.
static inline size_t pair_index(size_t a, size_t b) {
    return 2 * a + (b > a ? b - 1 : b);
}

// The source scale b of the pair number `which` (0 or 1) of scale a.
static inline size_t pair_source(size_t a, size_t which) {
    return which < a ? which : which + 1;
}

// Builds the table of a valid configuration. The caller frees it, also after a failure.
axl_status params_build(param_table *t, const model_config *c, axl_error *err);
void params_free(param_table *t);

// Whether both have the same tensors in the same places: a block of the one is a block of the
// other.
bool params_same(const param_table *a, const param_table *b);

// The row with this name, or NULL.
const param *params_find(const param_table *t, const char *name);

// The tensor of row p in a block that has the layout of the table.
view params_view(const param *p, float *block);

// Fills a block with the initial parameters for a seed. Each tensor has a stream of its own, keyed
// by its name, so that a tensor's numbers do not depend on what else the model has. Gaps are zero.
void params_init(const param_table *t, uint64_t seed, float *block);

#endif
