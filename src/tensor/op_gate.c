#include "tensor/op_gate.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

typedef struct task {
    const kernels *k;
    const op_gate *a;
    size_t d;
} task;

// Row `row` of a contiguous view with cols columns.
static float *at(const view *v, size_t row, size_t cols) {
    return (float *)v->data + row * cols;
}

static void forward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_gate *a = t->a;
    gate_forward_args args = {
        .rows = end - begin,
        .d = t->d,
        .z = at(&a->z, begin, 3),
        .g = at(&a->g, begin, 3),
        .y = at(&a->y, begin, t->d),
    };
    for (size_t i = 0; i < 3; i++) args.u[i] = at(&a->u[i], begin, t->d);
    t->k->elementwise->gate_forward(&args);
}

axl_status op_gate_forward(const exec *ex, const op_gate *a, axl_error *err) {
    matrix u;
    FORWARD(operand_matrix(&u, &a->u[0], "gate", "u0", err));
    const operand list[] = {
        {"u0", &a->u[0], u.rows, u.cols, 0}, {"u1", &a->u[1], u.rows, u.cols, 0},
        {"u2", &a->u[2], u.rows, u.cols, 0}, {"z", &a->z, u.rows, 3, 0},
        {"g", &a->g, u.rows, 3, 0},          {"y", &a->y, u.rows, u.cols, 0},
    };
    FORWARD(operand_check("gate", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k, .a = a, .d = u.cols};
    pool_for(ex->p, u.rows, exec_tile_rows(4 * u.cols * sizeof(float)), forward_rows, &t);
    return AXL_OK;
}

static void backward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_gate *a = t->a;
    gate_backward_args args = {
        .rows = end - begin,
        .d = t->d,
        .g = at(&a->g, begin, 3),
        .dy = at(&a->dy, begin, t->d),
        .dz = at(&a->dz, begin, 3),
    };
    for (size_t i = 0; i < 3; i++) {
        args.u[i] = at(&a->u[i], begin, t->d);
        args.du[i] = at(&a->du[i], begin, t->d);
    }
    t->k->elementwise->gate_backward(&args);
}

axl_status op_gate_backward(const exec *ex, const op_gate *a, axl_error *err) {
    matrix u;
    FORWARD(operand_matrix(&u, &a->u[0], "gate backward", "u0", err));
    const operand list[] = {
        {"u0", &a->u[0], u.rows, u.cols, 0},   {"u1", &a->u[1], u.rows, u.cols, 0},
        {"u2", &a->u[2], u.rows, u.cols, 0},   {"g", &a->g, u.rows, 3, 0},
        {"dy", &a->dy, u.rows, u.cols, 0},     {"du0", &a->du[0], u.rows, u.cols, 0},
        {"du1", &a->du[1], u.rows, u.cols, 0}, {"du2", &a->du[2], u.rows, u.cols, 0},
        {"dz", &a->dz, u.rows, 3, 0},
    };
    FORWARD(operand_check("gate backward", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k, .a = a, .d = u.cols};
    pool_for(ex->p, u.rows, exec_tile_rows(7 * u.cols * sizeof(float)), backward_rows, &t);
    return AXL_OK;
}
