// Optimizers over a list of tensors: what they remember, clipping, and one step.
//
//   optimizer_bytes -> optimizer_create -> optimizer_step ... -> optimizer_free
//
// The mathematics of a step is that of tensor/op_update.h; gradients are scaled down together first
// where their norm is over `clip`.
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include "tensor/exec.h"
#include "tensor/plan.h"
#include "tensor/view.h"

#include <stdbool.h>

typedef enum optimizer_rule {
    OPTIMIZER_LION,
    OPTIMIZER_SGD, // with momentum where beta1 is not 0
    OPTIMIZER_ADAMW,
    OPTIMIZER_RULES
} optimizer_rule;

typedef struct optimizer_config {
    optimizer_rule rule;
    double beta1, beta2, eps;
    double decay; // of tensors that decay; decoupled
    double clip;  // largest norm of all gradients; 0: no clipping
} optimizer_config;

const char *optimizer_name(optimizer_rule rule);          // "lion"
optimizer_rule optimizer_by_name(const char *name);       // or OPTIMIZER_RULES
optimizer_config optimizer_defaults(optimizer_rule rule); // betas, eps, decay and clip
axl_status optimizer_check(const optimizer_config *c, axl_error *err);

// Numbers that are remembered for each parameter: 0, 1 or 2.
size_t optimizer_moments(const optimizer_config *c);

// A tensor of the list: contiguous f32. Views of weights and gradients must outlive the optimizer.
typedef struct optimizer_tensor {
    view w, g;
    bool decay;
    double rate; // factor on every rate, for this tensor; 0 counts as 1
} optimizer_tensor;

typedef struct optimizer optimizer;

// Bytes that optimizer_create takes for tensors of so many numbers together.
size_t optimizer_bytes(const optimizer_config *c, size_t numbers);

// Where all tensors lie in one block of `numbers` (gaps included), first at `base`: what is
// remembered has the same layout, so that it can be saved as whole blocks.
typedef struct optimizer_list {
    const optimizer_tensor *tensor; // [count]; copied
    size_t count;
    const float *base;
    size_t numbers;
} optimizer_list;

// memory NULL: base/alloc.h. On failure *out is NULL.
axl_status optimizer_create(optimizer **out, const optimizer_config *c, const optimizer_list *list,
                            const plan_memory *memory, axl_error *err);
void optimizer_free(optimizer *o); // NULL is fine

// Scratch that ex needs for both calls below.
size_t optimizer_scratch(const optimizer *o);

// The norm of all gradients; not finite where one of them is not.
axl_status optimizer_norm(const optimizer *o, const exec *ex, double *norm, axl_error *err);

// One step at this rate with the norm of optimizer_norm, which must be finite.
axl_status optimizer_step(optimizer *o, const exec *ex, double rate, double norm, axl_error *err);

// What must be saved to continue: blocks [numbers] of f32, moment 0 and 1, or NULL; and the number
// of steps made.
float *optimizer_moment(const optimizer *o, size_t which);
uint64_t optimizer_steps(const optimizer *o);
void optimizer_set_steps(optimizer *o, uint64_t steps);

#endif
