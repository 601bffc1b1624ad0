// One block of a stack: h += s1 Wo Attn(RMS(h)), then h += s2 FFN(RMS(h)), in place.
#ifndef MODEL_BLOCK_H
#define MODEL_BLOCK_H

#include "model/branch.h"

// Kept from the forward pass. n rows of one scale.
typedef struct block_state {
    size_t scale, layer;
    view x, r;             // [n, d] of the product's type, [n]: normalised input
    view qkv;              // [n, 3d], q and k rotated
    view row_max, row_sum; // [n * heads]
    branch_state branch;
} block_state;

axl_status block_forward(const workspace *w, const block_state *s, const view *h, axl_error *err);

// dh: the gradient of the result on entry, of the input on return.
axl_status block_backward(const workspace *w, const block_state *s, const view *dh, axl_error *err);

#endif
