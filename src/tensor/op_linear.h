// The product with a weight, in the three forms of training. W is [n, k]; x and y have m rows.
//
//   forward   y [m, n]  = x  [m, k] W^T   (+= with add)
//   dx        dx [m, k] = dy [m, n] W     (+= with add)
//   dw        dw [n, k] += dy^T x
//
// x, dy and W are f32, or all bf16 with sums in f32; results are f32. Forward and dx read the
// weight from panels, packed once after each change of the weight and used by any number of
// products.
#ifndef TENSOR_OP_LINEAR_H
#define TENSOR_OP_LINEAR_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef enum linear_form { LINEAR_FORWARD, LINEAR_DX } linear_form;

// A packed weight for one form, in memory of the caller's: linear_panels_bytes(...) bytes aligned
// to EXEC_ALIGN, which op_linear_pack fills.
typedef struct linear_panels {
    void *data;
    linear_form form;
    dtype type;  // of the weight that was packed, f32 or bf16
    size_t n, k; // of that weight
} linear_panels;

// EXEC_TOO_LARGE when they are no size_t, or when type is neither f32 nor bf16.
size_t linear_panels_bytes(const exec *ex, dtype type, linear_form form, size_t n, size_t k);

// Packs w [n, k] (rows may be strided) for out->form into out->data; sets type, n and k.
axl_status op_linear_pack(const exec *ex, const view *w, linear_panels *out, axl_error *err);

typedef struct op_linear {
    view in;                     // x [m, k] for the forward form, dy [m, n] for dx
    const linear_panels *panels; // of that form
    view out;                    // y [m, n] or dx [m, k]
    bool add;
} op_linear;

axl_status op_linear_apply(const exec *ex, const op_linear *a, axl_error *err);

typedef struct op_linear_dw {
    view x;  // [m, k]
    view dy; // [m, n], of the same type
    view dw; // [n, k], added to
} op_linear_dw;

axl_status op_linear_add_dw(const exec *ex, const op_linear_dw *a, axl_error *err);

// Bytes of scratch that are enough for all three forms; they depend on the threads of ex.
size_t op_linear_scratch(const exec *ex, dtype type, size_t m, size_t n, size_t k);

#endif
