// One round of cross-scale attention: all six ordered pairs (a <- b) read the states from before
// the round, so their order cannot matter.
//
//   o_ab = s1 Wo Attn(q of a, k and v of b)
//   h_a += sum over b of [ o_ab + s2 FFN_ab(RMS(h_a + o_ab)) ]
//
// The states of a scale are normalised once for all pairs; one product with the six matrices that
// read them gives queries, keys and values (params.h, CROSS_PARTS).
#ifndef MODEL_CROSS_H
#define MODEL_CROSS_H

#include "model/branch.h"

// Kept from the forward pass.
typedef struct cross_scale {
    view x, r;    // [n, d] of the product's type, [n]: normalised states
    view project; // [n, 6d], queries and keys rotated
} cross_scale;

typedef struct cross_pair {
    view row_max, row_sum; // [rows of a * heads]
    branch_state branch;
} cross_pair;

typedef struct cross_state {
    size_t round;
    cross_scale scale[MODEL_SCALES];
    cross_pair pair[MODEL_PAIRS]; // by pair_index
} cross_state;

// h: [rows of the scale, d] each, changed in place.
axl_status cross_forward(const workspace *w, const cross_state *s, const view h[MODEL_SCALES],
                         axl_error *err);

// dh: the gradients of the results on entry, of the inputs on return.
axl_status cross_backward(const workspace *w, const cross_state *s, const view dh[MODEL_SCALES],
                          axl_error *err);

#endif
