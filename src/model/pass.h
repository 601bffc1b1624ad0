// The batched pass: whole sequences through the model at once, forward for logits and losses,
// backward for the gradients of training. All memory is planned when the pass is created; running
// it allocates nothing.
//
//   pass_create -> pass_gradient ... -> pass_finish      for each step of training
//               -> pass_logits, pass_loss                to evaluate
//               -> pass_free
//
// Sequences are padded to whole groups of 4 bytes inside; nothing that is returned depends on the
// padding, because no state depends on a later byte.
#ifndef MODEL_PASS_H
#define MODEL_PASS_H

#include "model/weights.h"
#include "tensor/plan.h"

typedef struct pass_spec {
    size_t batch, length; // sequences, and bytes of each; both at least 1
    dtype type;           // of products: DTYPE_F32 or DTYPE_BF16
    bool train;           // room for the backward pass
    bool recompute;       // with train: keep each block's input only and compute the rest twice
} pass_spec;

typedef struct pass pass;

// Plans and takes the memory. k, p (may be NULL) and the table must outlive the pass; memory as in
// plan.h, limit in bytes or PLAN_NO_LIMIT. On failure *out is NULL.
typedef struct pass_machine {
    const kernels *k;
    pool *p;
    const plan_memory *memory;
    size_t limit;
} pass_machine;

axl_status pass_create(pass **out, const param_table *t, const pass_spec *spec,
                       const pass_machine *machine, axl_error *err);
void pass_free(pass *p); // NULL is fine

// The bytes that pass_create would take, without taking them.
axl_status pass_bytes(const param_table *t, const pass_spec *spec, const pass_machine *machine,
                      size_t *bytes, axl_error *err);

// Symbols: each below vocab_size. Row b * length + t belongs to byte t of sequence b.
typedef struct pass_batch {
    const uint16_t *ids;    // [batch, length]
    const uint16_t *target; // [batch, length], the symbol after each, or LOSS_IGNORE
    float weight;           // of a row in the gradient: 1 / counted rows of the whole step
    uint64_t seed, step;    // of dropout
} pass_batch;

// Sums over the counted rows, in nats.
typedef struct pass_losses {
    double main, exit; // exit is 0 where the model has no fine exit
    size_t counted;
} pass_losses;

// logits [batch, length, V] into out.
axl_status pass_logits(pass *p, const float *w, const uint16_t *ids, float *out, axl_error *err);

// The same of the fine exit alone.
axl_status pass_exit_logits(pass *p, const float *w, const uint16_t *ids, float *out,
                            axl_error *err);

axl_status pass_loss(pass *p, const float *w, const pass_batch *b, pass_losses *out,
                     axl_error *err);

// m->g = 0: before the first batch of a step.
axl_status pass_zero(pass *p, const weights *m, axl_error *err);

// Adds the gradient of  weight * (main + fine_exit * exit)  to m->g, in the form of the folded
// weights (weights.h). Several batches may be added.
axl_status pass_gradient(pass *p, const weights *m, const pass_batch *b, pass_losses *out,
                         axl_error *err);

// Turns m->g into the gradient of the parameters: once a step, after its last batch.
axl_status pass_finish(pass *p, const weights *m, axl_error *err);

#endif
