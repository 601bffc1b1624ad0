// From bytes to the states at the bottom of the three stacks: the embedding, and the learned
// downsampling of 2 and 4 neighbours.
//
//   h0[t] = E[x[t]]        ha[j] = Da [ h0[kj]; ...; h0[kj+k-1] ]
#ifndef MODEL_EMBED_H
#define MODEL_EMBED_H

#include "model/workspace.h"

// ids: [fine rows], below the vocabulary. h: [rows of the scale, d] each, overwritten.
axl_status embed_forward(const workspace *w, const uint16_t *ids, const view h[MODEL_SCALES],
                         axl_error *err);

// dh: the gradients of h; that of the fine scale is added to.
axl_status embed_backward(const workspace *w, const uint16_t *ids, const view dh[MODEL_SCALES],
                          axl_error *err);

#endif
