#include "model/fuse.h"

#include "base/error.h"
#include "tensor/op_gate.h"
#include "tensor/op_vector.h"

#include <string.h>

// ---- the shift: states one group later, the start state first ----
typedef struct shift {
    size_t batch, states, d;
    float *late;  // [batch, states, d]
    float *start; // [d]
} shift;

static shift shift_of(const workspace *w, size_t s, float *start) {
    return (shift){.batch = w->time->batch,
                   .states = timeline_states(w->time, s),
                   .d = w->config->d_model,
                   .late = w->narrow[0],
                   .start = start};
}

// late[b][0] = start, late[b][j+1] = h[b][j]
static void shift_forward(const shift *a, const float *h) {
    for (size_t b = 0; b < a->batch; b++) {
        float *late = a->late + b * a->states * a->d;
        memcpy(late, a->start, a->d * sizeof *late);
        memcpy(late + a->d, h + b * a->states * a->d, (a->states - 1) * a->d * sizeof *late);
    }
}

// dstart += dlate[b][0], dh[b][j] += dlate[b][j+1]
static void shift_backward(const shift *a, float *dh) {
    for (size_t b = 0; b < a->batch; b++) {
        const float *late = a->late + b * a->states * a->d;
        float *first = dh + b * a->states * a->d;
        for (size_t i = 0; i < a->d; i++) a->start[i] += late[i];
        for (size_t i = 0; i < (a->states - 1) * a->d; i++) first[i] += late[a->d + i];
    }
}

// ---- upsampling ----
static view late_view(const workspace *w, size_t s) {
    return workspace_narrow(w, 0, workspace_rows(w, s));
}

static void make_late(const workspace *w, size_t s, const view *h) {
    const float *start = weights_at(w->weights, w->weights->table->start[s]);
    const shift a = shift_of(w, s, (float *)(uintptr_t)start);
    shift_forward(&a, h->data);
}

static axl_status up_forward(const workspace *w, size_t s, const view *h, const view *u,
                             axl_error *err) {
    const size_t k = model_factor(s), d = w->config->d_model;
    const view rows = grouped(*u, k); // [states, k d]
    const view before = columns_of(rows, 0, (k - 1) * d), last = columns_of(rows, (k - 1) * d, d);
    const weight rest = weights_up(w->weights, s, 1, k - 1),
                 first = weights_up(w->weights, s, 0, 1);
    const view late = late_view(w, s);
    make_late(w, s, h);
    FORWARD(product_forward(&w->product, &rest.op, &late, &before, err));
    return product_forward(&w->product, &first.op, h, &last, err);
}

// One scale in the backward pass.
typedef struct up_gradient {
    view h, du; // [states, d], [n, d]
    view dh;    // [states, d], overwritten
} up_gradient;

static axl_status up_backward(const workspace *w, size_t s, const up_gradient *g, axl_error *err) {
    const size_t k = model_factor(s), d = w->config->d_model;
    const weight rest = weights_up(w->weights, s, 1, k - 1),
                 first = weights_up(w->weights, s, 0, 1);
    view dy;
    FORWARD(product_operand(&w->product, &g->du, w->product.y16, &dy, err));
    const view rows = grouped(dy, k), late = late_view(w, s);
    product_gradient back = {.w = &first.op,
                             .x = g->h,
                             .dy = columns_of(rows, (k - 1) * d, d),
                             .dx = g->dh,
                             .g = first.g};
    FORWARD(product_backward(&w->product, &back, err));
    make_late(w, s, &g->h);
    back = (product_gradient){
        .w = &rest.op, .x = late, .dy = columns_of(rows, 0, (k - 1) * d), .dx = late, .g = rest.g};
    FORWARD(product_backward(&w->product, &back, err));
    const shift a = shift_of(w, s, weights_grad_at(w->weights, w->weights->table->start[s]));
    shift_backward(&a, g->dh.data);
    return AXL_OK;
}

// ---- gate and fusion ----
axl_status fuse_forward(const workspace *w, const fuse_state *s, const view *out, axl_error *err) {
    for (size_t a = 1; a < MODEL_SCALES; a++) FORWARD(up_forward(w, a, &s->h[a], &s->u[a], err));
    op_gate gate = {.z = s->g, .g = s->g, .y = s->y};
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const weight matrix = weights_gate(w->weights, a);
        gate.u[a] = s->u[a];
        FORWARD((a == 0 ? product_forward : product_add)(&w->product, &matrix.op, &gate.u[a], &s->g,
                                                         err));
    }
    FORWARD(op_gate_forward(w->ex, &gate, err));
    const weight fuse = weights_fuse(w->weights);
    return product_forward(&w->product, &fuse.op, &s->y, out, err);
}

axl_status fuse_backward(const workspace *w, const fuse_state *s, const view *d_out,
                         const view dh[MODEL_SCALES], axl_error *err) {
    const size_t rows = workspace_rows(w, 0), d = w->config->d_model;
    const weight fuse = weights_fuse(w->weights);
    const view dy = workspace_narrow(w, 1, rows);
    const product_gradient fusion = {.w = &fuse.op, .x = s->y, .dy = *d_out, .dx = dy, .g = fuse.g};
    FORWARD(product_backward(&w->product, &fusion, err));

    op_gate gate = {.g = s->g, .dy = dy, .dz = view_f32(w->hidden, rows, MODEL_SCALES)};
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        gate.u[a] = s->u[a];
        gate.du[a] = a == 0 ? dh[0] : view_f32(w->wide[0] + (a - 1) * rows * d, rows, d);
    }
    FORWARD(op_gate_backward(w->ex, &gate, err));
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const weight matrix = weights_gate(w->weights, a);
        const product_gradient back = {.w = &matrix.op,
                                       .x = gate.u[a],
                                       .dy = gate.dz,
                                       .dx = gate.du[a],
                                       .add_dx = true,
                                       .g = matrix.g};
        FORWARD(product_backward(&w->product, &back, err));
    }
    for (size_t a = 1; a < MODEL_SCALES; a++) {
        const up_gradient up = {.h = s->h[a], .du = gate.du[a], .dh = dh[a]};
        FORWARD(up_backward(w, a, &up, err));
    }
    return AXL_OK;
}
