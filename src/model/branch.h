// What follows an attention, the same in blocks of a stack and in cross pairs: the way back into
// the residual stream, and the feed-forward.
//
//   enter    mid += s1 Wo o      x = RMS(mid)      ab = [W1; W3] x
//   leave    out += s2 W2 (a * silu(b))
//
// In a block mid and out are the stream itself; in a pair mid is a copy of it.
#ifndef MODEL_BRANCH_H
#define MODEL_BRANCH_H

#include "model/workspace.h"

// Kept from the forward pass for the backward pass. n rows.
typedef struct branch_state {
    dropout_site site;
    view o;  // [n, d] f32: the attention's result, before dropout
    view x;  // [n, d] of the product's type: normalised mid, without gain
    view r;  // [n]
    view ab; // [n, 2f]; the backward pass overwrites it
} branch_state;

axl_status branch_enter(const workspace *w, const core_weights *c, const branch_state *s,
                        const view *mid, axl_error *err);
axl_status branch_leave(const workspace *w, const core_weights *c, const branch_state *s,
                        const view *out, axl_error *err);

// d_out [n, d] is the gradient of out. On return ab holds the gradient of ab.
axl_status branch_leave_backward(const workspace *w, const core_weights *c, const branch_state *s,
                                 const view *d_out, axl_error *err);

typedef struct branch_gradient {
    view mid; // [n, d]: of mid; that of the norm is added
    view o;   // [n, d]: of o, overwritten; not the workspace's narrow[2]
} branch_gradient;

axl_status branch_enter_backward(const workspace *w, const core_weights *c, const branch_state *s,
                                 const branch_gradient *d, axl_error *err);

#endif
