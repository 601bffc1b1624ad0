// Softmax, and softmax cross-entropy fused with its gradient.
#ifndef AXL_KERNELS_LOSS_H
#define AXL_KERNELS_LOSS_H

#include <stddef.h>
#include <stdint.h>

// x = softmax(x * scale), a row of n, in place
typedef void softmax_fn(float *x, float scale, size_t n);

#define LOSS_IGNORE UINT16_MAX // a target that counts neither in the loss nor in the gradient

// loss[r] = log(sum exp(z[r])) - z[r][target[r]]  (nats; 0 where the target is LOSS_IGNORE);
// z[r] becomes the gradient  weight * (softmax(z[r]) - one_hot(target[r]))  (0 where ignored)
typedef struct cross_entropy_args {
    size_t rows, n; // n: vocabulary
    float *z;       // [rows, ldz], n used; logits in, gradient out
    size_t ldz;
    const uint16_t *target; // [rows], < n or LOSS_IGNORE
    float weight;           // of one row in the gradient, such as 1 / counted rows
    float *loss;            // [rows]
} cross_entropy_args;
typedef void cross_entropy_fn(const cross_entropy_args *args);

typedef struct loss_kernels {
    softmax_fn *softmax;
    cross_entropy_fn *cross_entropy;      // loss and gradient
    cross_entropy_fn *cross_entropy_only; // loss; z stays as it is
} loss_kernels;

#endif
