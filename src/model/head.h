// The two heads, both tied to the embedding, and their losses.
//
//   main   logits = E RMS(f)        f: the fused state of a byte; RMS with the gain `norm.weight`
//   exit   logits = E h             h: the fine stack's result; its norm is part of the stack
#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include "model/workspace.h"

// Working memory of the heads. n fine rows.
typedef struct head_state {
    view x, r;     // [n, d] of the product's type, [n]: normalised f
    view logits;   // [n, V]
    view loss;     // [n]
    float *main_g; // [V, d]: the gradient of E' of the main head, summed over a step
} head_state;

// What a loss counts: rows whose target is not LOSS_IGNORE, each with this weight in the gradient.
typedef struct head_target {
    const uint16_t *target; // [n]
    float weight;           // 0: the loss only, no gradient
    double *sum;            // of the losses of all rows, in nats
    view d_state;           // [n, d]: overwritten with the gradient of the head's input
} head_target;

// Fills logits.
axl_status head_main_forward(const workspace *w, const head_state *s, const view *f,
                             axl_error *err);
axl_status head_exit_forward(const workspace *w, const head_state *s, const view *h,
                             axl_error *err);

// After the same head's forward: the loss and, where it has weight, the gradient. Uses up the
// logits. h: the input of the exit.
axl_status head_main_loss(const workspace *w, const head_state *s, const head_target *t,
                          axl_error *err);
axl_status head_exit_loss(const workspace *w, const head_state *s, const head_target *t,
                          const view *h, axl_error *err);

#endif
