// The check of a backward pass by finite differences, with sign.
//
// A case has inputs (parameters are inputs too) and outputs. Its reference computes the outputs
// from the inputs in double, written independently of the kernels; its run lets the op under test
// do the same in f32, and the gradients of
//
//   L = sum over outputs and elements of w * y        (w fixed and random: the dy of the op)
//
// The harness differentiates the reference numerically, in double, and compares every gradient of
// every input, and every output, at every level that runs here.
#ifndef GRAD_GRAD_H
#define GRAD_GRAD_H

#include "kernels/kernels.h"
#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdbool.h>
#include <stddef.h>

#define GRAD_MAX 6

typedef struct grad_input {
    const char *name;
    size_t n;
    double *x;       // [n], what the reference reads
    float *f;        // [n], the same numbers: they are exact in f32
    float *gradient; // [n], written by run: NaN before it, or noise where the op adds
    bool adds;       // the op adds its gradient to what is there
    double *numeric; // [n]
    float *noise;    // [n]
} grad_input;

typedef struct grad_output {
    const char *name;
    size_t n;
    double *y;   // [n], written by the reference
    float *f;    // [n], written by run; NaN before it
    double *w;   // [n]
    float *grad; // [n], the same numbers: dy of the op
} grad_output;

typedef struct grad_case grad_case;
typedef void grad_reference(const grad_case *c);
typedef void grad_run(const grad_case *c, const exec *ex);

// name, reference and run are set by the test, as is shape, which is its own.
struct grad_case {
    const char *name;
    const void *shape;
    grad_reference *reference;
    grad_run *run;
    size_t scratch_bytes; // that run needs
    grad_input in[GRAD_MAX];
    grad_output out[GRAD_MAX];
    size_t ins, outs;
};

// Inputs are normal numbers of deviation 1, w are too; both depend on the name of the input or
// output alone. A test may change them before grad_check, in f and x (grad and w) alike.
grad_input *grad_in(grad_case *c, const char *name, size_t n, bool adds);
grad_output *grad_out(grad_case *c, const char *name, size_t n);

// Fails the cmocka test when anything differs; frees what the case has.
void grad_check(grad_case *c);

// A contiguous view of f32; data may be const, since an op reads its inputs only.
view grad_view(const float *data, size_t rows, size_t cols);

// Fails the test unless status is AXL_OK.
void grad_ok(axl_status status, const axl_error *err);

#endif
