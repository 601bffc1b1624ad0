// The weights of a model as the products see them: which matrices lie together, and which gains and
// scales are folded into them.
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "model/params.h"
#include "tensor/op_weight.h"

// A model's parameters and, in training, their gradients: two blocks with the table's layout.
// Borrows all of it.
typedef struct weights {
    const param_table *table;
    const float *w;
    float *g; // NULL where only the forward pass runs
} weights;

// One matrix: the product's weight, and where the gradient of W' is summed (no data without g).
typedef struct weight {
    op_weight op;
    view g;
} weight;

// The four products of a block; those of a pair beside its projections are the last three.
typedef struct core_weights {
    weight qkv; // [3d, d], gain attn_norm; not set for a pair
    weight o;   // [d, d], scale attn_scale
    weight w13; // [2f, d], gain ffn_norm
    weight w2;  // [d, f], scale ffn_scale
} core_weights;

core_weights weights_block(const weights *m, size_t scale, size_t layer);
core_weights weights_pair(const weights *m, size_t round, size_t a, size_t b);

// The projections of scale s in a round, [6d, d] with the gains of their pairs (params.h).
weight weights_projections(const weights *m, size_t round, size_t s);

weight weights_down(const weights *m, size_t scale); // [d, kd]
weight weights_up(const weights *m, size_t scale, size_t first,
                  size_t count);                     // slices [count d, d]
weight weights_gate(const weights *m, size_t scale); // columns of one scale: [3, d], strided
weight weights_fuse(const weights *m);               // [d, d]

// The head: E with the gain of the last norm. Its gradient is summed in head_g [V, d], apart from
// the one that the embedding sums.
weight weights_head(const weights *m, float *head_g);

// The exit's head: E alone, its gradient summed with the embedding's.
weight weights_exit(const weights *m);

// A vector of d channels in the block of weights, of gradients.
const float *weights_at(const weights *m, size_t offset);
float *weights_grad_at(const weights *m, size_t offset);

// Turns the gradients of all folded matrices into those of the parameters: once after the last
// backward pass of a step. head_g as above, added to the embedding's gradient and used up.
axl_status weights_unfold(const exec *ex, const weights *m, float *head_g, axl_error *err);

// Scratch for weights_unfold.
size_t weights_unfold_scratch(const exec *ex, const param_table *t);

#endif
