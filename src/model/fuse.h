// From the states of the three scales to one state for each byte: learned upsampling, shifted so
// that a byte reads complete groups only, the gate and the fusion.
//
//   u0[t] = h0[t]     ua[t] = Ua[r] ha[j*],  j* = floor((t+1)/k) - 1,  r = (t+1) mod k
//   g = softmax(G [u0; u1; u2])      y = sum ga ua      out = Wf y
//
// j* = -1 reads the start state of the scale. Group j serves the k bytes from its end time on:
// seen as rows of k bytes, byte k j + k-1 reads ha[j] through U[0], and the k-1 bytes before it
// read ha[j-1] through U[1] .. U[k-1].
#ifndef MODEL_FUSE_H
#define MODEL_FUSE_H

#include "model/workspace.h"

// Kept from the forward pass. n fine rows.
typedef struct fuse_state {
    view h[MODEL_SCALES]; // [rows of the scale, d]: the states that are read
    view u[MODEL_SCALES]; // [n, d]; u[0] is h[0]
    view g;               // [n, 3]
    view y;               // [n, d]
} fuse_state;

// out: [n, d], overwritten.
axl_status fuse_forward(const workspace *w, const fuse_state *s, const view *out, axl_error *err);

// d_out: [n, d]. dh is overwritten with the gradients of h.
axl_status fuse_backward(const workspace *w, const fuse_state *s, const view *d_out,
                         const view dh[MODEL_SCALES], axl_error *err);

#endif
