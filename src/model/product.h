// Products with the weights of a model, forward and backward: packing, and in bf16 the rounding of
// the operands, happen here.
//
// A weight is packed just before it is used, into memory that all weights share: in a step of
// training each weight is used once forward and once backward, so packed copies would not be used
// again before the weight changes.
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include "tensor/op_weight.h"

// What products run on. Borrows everything.
typedef struct products {
    const exec *ex;
    dtype type;      // of the operands: f32 or bf16; sums and results are f32
    void *panels;    // product_panels_bytes of the largest weight, aligned to EXEC_ALIGN
    void *x16, *y16; // with bf16: room for the largest input and output as bf16
} products;

// y [m, n] = x [m, k] W'^T, or += for product_add. x is f32, or already of p->type.
axl_status product_forward(const products *p, const op_weight *w, const view *x, const view *y,
                           axl_error *err);
axl_status product_add(const products *p, const op_weight *w, const view *x, const view *y,
                       axl_error *err);

// v as an operand: v itself, or its numbers rounded into room. An operand whose rows are strided,
// or that several products read, is made once with this.
axl_status product_operand(const products *p, const view *v, void *room, view *out, axl_error *err);

typedef struct product_gradient {
    const op_weight *w;
    view x;      // [m, k], as in the forward product
    view dy;     // [m, n]; either may be of p->type already
    view dx;     // [m, k] f32; may be x, which is read first
    bool add_dx; // dx += instead of =
    view g;      // [n, k] f32, added to: the gradient of W'
} product_gradient;

axl_status product_backward(const products *p, const product_gradient *a, axl_error *err);

// Its two halves: dx [m, k] = dy W', and g [n, k] += dy^T x.
axl_status product_dx(const products *p, const op_weight *w, const view *dy, const view *dx,
                      axl_error *err);
axl_status product_dw(const products *p, const view *x, const view *dy, const view *g,
                      axl_error *err);

size_t product_panels_bytes(const exec *ex, dtype type, size_t n, size_t k);

// Scratch that ex needs for products of m rows with a weight [n, k].
size_t product_scratch(const exec *ex, dtype type, size_t m, size_t n, size_t k);

#endif
