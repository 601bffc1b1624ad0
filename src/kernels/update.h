// Optimizer updates on flat ranges, weights in f32 master precision. Every kernel can write a bf16
// copy of the new weights in the same pass.
#ifndef AXL_KERNELS_UPDATE_H
#define AXL_KERNELS_UPDATE_H

#include "kernels/convert.h"

typedef struct update_args {
    size_t n;
    float *w;       // [n] weights
    const float *g; // [n] gradient
    void *m;        // [n] momentum: f32 or bf16 by the function; NULL for plain SGD
    float *v;       // [n] second moment (AdamW)
    bf16 *copy;     // [n] bf16 copy of the new weights, or NULL
    float g_scale;  // the gradient counts as g * g_scale (clipping)
    float rate;     // learning rate
    float decay;    // decoupled: w -= rate * decay * w
    float beta1, beta2;
    float eps;                      // AdamW
    float correction1, correction2; // AdamW: 1 / (1 - beta1^t), 1 / (1 - beta2^t)
} update_args;

// lion:   u = sign(beta1 m + (1 - beta1) g);  w -= rate (u + decay w);  m = beta2 m + (1 - beta2) g
// sgd:    m = beta1 m + g (with m; else u = g);  w -= rate (m + decay w)
// adamw:  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
//         w -= rate (m correction1 / (sqrt(v correction2) + eps) + decay w)
typedef void update_fn(const update_args *args);

typedef struct update_kernels {
    update_fn *lion, *lion_bf16;
    update_fn *sgd, *sgd_bf16;
    update_fn *adamw, *adamw_bf16; // bf16: m only
} update_kernels;

#endif
