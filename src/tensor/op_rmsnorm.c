#include "tensor/op_rmsnorm.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"
#include "tensor/partials.h"

typedef struct task {
    const exec *ex;
    const op_rmsnorm *a;
    size_t d;
    partials dgain;
} task;

static void forward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_rmsnorm *a = t->a;
    const rmsnorm_forward_args args = {
        .rows = end - begin,
        .d = t->d,
        .eps = a->eps,
        .x = (const float *)a->x.data + begin * t->d,
        .gain = a->gain.data,
        .y = (float *)a->y.data + begin * t->d,
        .r = a->r.data ? (float *)a->r.data + begin : NULL,
    };
    t->ex->k->norm->rmsnorm_forward(&args);
}

axl_status op_rmsnorm_forward(const exec *ex, const op_rmsnorm *a, axl_error *err) {
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, "rmsnorm", "x", err));
    const operand list[] = {
        {"x", &a->x, x.rows, x.cols, 0},
        {"gain", &a->gain, 1, x.cols, 0},
        {"y", &a->y, x.rows, x.cols, 0},
        {"r", &a->r, 1, x.rows, OPERAND_OPTIONAL},
    };
    FORWARD(operand_check("rmsnorm", list, OPERAND_COUNT(list), err));
    task t = {.ex = ex, .a = a, .d = x.cols};
    pool_for(ex->p, x.rows, exec_tile_rows(2 * x.cols * sizeof(float)), forward_rows, &t);
    return AXL_OK;
}

static partials gain_partials(size_t rows, size_t d) {
    return partials_plan(rows, 4 * d * sizeof(float), d);
}

size_t op_rmsnorm_scratch(size_t rows, size_t d) {
    const partials p = gain_partials(rows, d);
    return partials_bytes(&p);
}

static void backward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_rmsnorm *a = t->a;
    const rmsnorm_backward_args args = {
        .rows = end - begin,
        .d = t->d,
        .x = (const float *)a->x.data + begin * t->d,
        .gain = a->gain.data,
        .r = (const float *)a->r.data + begin,
        .dy = (const float *)a->dy.data + begin * t->d,
        .dx = (float *)a->dx.data + begin * t->d,
        .dgain = partials_tile(&t->dgain, begin / t->dgain.tile_rows),
    };
    t->ex->k->norm->rmsnorm_backward(&args);
}

axl_status op_rmsnorm_backward(const exec *ex, const op_rmsnorm *a, axl_error *err) {
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, "rmsnorm backward", "x", err));
    const operand list[] = {
        {"x", &a->x, x.rows, x.cols, 0},   {"gain", &a->gain, 1, x.cols, 0},
        {"r", &a->r, 1, x.rows, 0},        {"dy", &a->dy, x.rows, x.cols, 0},
        {"dx", &a->dx, x.rows, x.cols, 0}, {"dgain", &a->dgain, 1, x.cols, 0},
    };
    FORWARD(operand_check("rmsnorm backward", list, OPERAND_COUNT(list), err));
    FORWARD(exec_need(ex, op_rmsnorm_scratch(x.rows, x.cols), "rmsnorm backward", err));
    task t = {.ex = ex, .a = a, .d = x.cols, .dgain = gain_partials(x.rows, x.cols)};
    t.dgain.data = ex->scratch;
    pool_for(ex->p, x.rows, t.dgain.tile_rows, backward_rows, &t);
    partials_add(ex, &t.dgain, a->dgain.data);
    return AXL_OK;
}
