#include "tensor/op_scale.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"
#include "tensor/partials.h"

typedef struct task {
    const exec *ex;
    const op_scale *a;
    size_t d;
    partials ds;
} task;

static void forward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const scale_add_args args = {
        .rows = end - begin,
        .d = t->d,
        .x = (const float *)t->a->x.data + begin * t->d,
        .s = t->a->s.data,
        .h = (float *)t->a->h.data + begin * t->d,
    };
    t->ex->k->elementwise->scale_add(&args);
}

axl_status op_scale_forward(const exec *ex, const op_scale *a, axl_error *err) {
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, "scale", "x", err));
    const operand list[] = {
        {"x", &a->x, x.rows, x.cols, 0},
        {"s", &a->s, 1, x.cols, 0},
        {"h", &a->h, x.rows, x.cols, 0},
    };
    FORWARD(operand_check("scale", list, OPERAND_COUNT(list), err));
    task t = {.ex = ex, .a = a, .d = x.cols};
    pool_for(ex->p, x.rows, exec_tile_rows(3 * x.cols * sizeof(float)), forward_rows, &t);
    return AXL_OK;
}

static partials scale_partials(size_t rows, size_t d) {
    return partials_plan(rows, 3 * d * sizeof(float), d);
}

size_t op_scale_scratch(size_t rows, size_t d) {
    const partials p = scale_partials(rows, d);
    return partials_bytes(&p);
}

static void backward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const scale_backward_args args = {
        .rows = end - begin,
        .d = t->d,
        .x = (const float *)t->a->x.data + begin * t->d,
        .s = t->a->s.data,
        .dh = (const float *)t->a->dh.data + begin * t->d,
        .dx = (float *)t->a->dx.data + begin * t->d,
        .ds = partials_tile(&t->ds, begin / t->ds.tile_rows),
    };
    t->ex->k->elementwise->scale_backward(&args);
}

axl_status op_scale_backward(const exec *ex, const op_scale *a, axl_error *err) {
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, "scale backward", "x", err));
    const operand list[] = {
        {"x", &a->x, x.rows, x.cols, 0},   {"s", &a->s, 1, x.cols, 0},
        {"dh", &a->dh, x.rows, x.cols, 0}, {"dx", &a->dx, x.rows, x.cols, 0},
        {"ds", &a->ds, 1, x.cols, 0},
    };
    FORWARD(operand_check("scale backward", list, OPERAND_COUNT(list), err));
    FORWARD(exec_need(ex, op_scale_scratch(x.rows, x.cols), "scale backward", err));
    task t = {.ex = ex, .a = a, .d = x.cols, .ds = scale_partials(x.rows, x.cols)};
    t.ds.data = ex->scratch;
    pool_for(ex->p, x.rows, t.ds.tile_rows, backward_rows, &t);
    partials_add(ex, &t.ds, a->ds.data);
    return AXL_OK;
}
