// The 3-way gate that fuses the scales. Forward overwrites g and y; backward overwrites dz and du.
//
//   g = softmax(z) in R^3        y = sum over a of g_a * u_a
//   du_a = g_a * dy        dz_a = g_a * (t_a - sum over b of g_b t_b),  t_a = dy . u_a
#ifndef TENSOR_OP_GATE_H
#define TENSOR_OP_GATE_H

#include "tensor/exec.h"
#include "tensor/view.h"

typedef struct op_gate {
    view z;     // [rows, 3] (forward)
    view u[3];  // [rows, d] each
    view g;     // [rows, 3]; written by forward, read by backward; may be z
    view y;     // [rows, d] (forward); may be one of u where no backward pass follows
    view dy;    // [rows, d] (this and the rest: backward)
    view du[3]; // [rows, d] each; du_a may be u_a
    view dz;    // [rows, 3]
} op_gate;

axl_status op_gate_forward(const exec *ex, const op_gate *a, axl_error *err);
axl_status op_gate_backward(const exec *ex, const op_gate *a, axl_error *err);

#endif
