#include "tensor/op_normalize.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

typedef struct task {
    const norm_kernels *k;
    const op_normalize *a;
    size_t d;
} task;

static bool half(const op_normalize *a) {
    return a->y.type == DTYPE_BF16;
}

static unsigned y_flags(const op_normalize *a) {
    return half(a) ? OPERAND_BF16 : 0;
}

// Row `row` of y.
static void *y_at(const task *t, size_t row) {
    return (char *)t->a->y.data + row * t->d * (half(t->a) ? sizeof(bf16) : sizeof(float));
}

static void forward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_normalize *a = t->a;
    const normalize_forward_args args = {
        .rows = end - begin,
        .d = t->d,
        .eps = a->eps,
        .x = (const float *)a->x.data + begin * t->d,
        .y = y_at(t, begin),
        .r = a->r.data ? (float *)a->r.data + begin : NULL,
    };
    (half(a) ? t->k->normalize_forward_bf16 : t->k->normalize_forward)(&args);
}

axl_status op_normalize_forward(const exec *ex, const op_normalize *a, axl_error *err) {
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, "normalize", "x", err));
    const operand list[] = {
        {"x", &a->x, x.rows, x.cols, 0},
        {"y", &a->y, x.rows, x.cols, y_flags(a)},
        {"r", &a->r, 1, x.rows, OPERAND_OPTIONAL},
    };
    FORWARD(operand_check("normalize", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k->norm, .a = a, .d = x.cols};
    pool_for(ex->p, x.rows, exec_tile_rows(2 * x.cols * sizeof(float)), forward_rows, &t);
    return AXL_OK;
}

static void backward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const op_normalize *a = t->a;
    const normalize_backward_args args = {
        .rows = end - begin,
        .d = t->d,
        .y = y_at(t, begin),
        .r = (const float *)a->r.data + begin,
        .dy = (const float *)a->dy.data + begin * t->d,
        .dx = (float *)a->dx.data + begin * t->d,
    };
    (half(a) ? t->k->normalize_backward_bf16 : t->k->normalize_backward)(&args);
}

axl_status op_normalize_backward(const exec *ex, const op_normalize *a, axl_error *err) {
    matrix dx;
    FORWARD(operand_matrix(&dx, &a->dx, "normalize backward", "dx", err));
    const operand list[] = {
        {"dx", &a->dx, dx.rows, dx.cols, 0},
        {"y", &a->y, dx.rows, dx.cols, y_flags(a)},
        {"r", &a->r, 1, dx.rows, 0},
        {"dy", &a->dy, dx.rows, dx.cols, 0},
    };
    FORWARD(operand_check("normalize backward", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k->norm, .a = a, .d = dx.cols};
    pool_for(ex->p, dx.rows, exec_tile_rows(4 * dx.cols * sizeof(float)), backward_rows, &t);
    return AXL_OK;
}
