#include "tensor/op_swiglu.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

typedef struct task {
    const kernels *k;
    matrix a, b, y, dy, da, db;
    bool flat; // no gaps: a tile is one range
} task;

static bool is_flat(const matrix *m) {
    return m->ld == m->cols;
}

static void forward_range(const task *t, size_t row, size_t n) {
    t->k->elementwise->swiglu_forward(t->y.data + row * t->y.ld, t->a.data + row * t->a.ld,
                                      t->b.data + row * t->b.ld, n);
}

static void forward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    if (t->flat) {
        forward_range(t, begin, (end - begin) * t->a.cols);
        return;
    }
    for (size_t r = begin; r < end; r++) forward_range(t, r, t->a.cols);
}

axl_status op_swiglu_forward(const exec *ex, const op_swiglu *a, axl_error *err) {
    matrix m;
    FORWARD(operand_matrix(&m, &a->a, "swiglu", "a", err));
    const operand list[] = {
        {"b", &a->b, m.rows, m.cols, OPERAND_STRIDED},
        {"y", &a->y, m.rows, m.cols, OPERAND_STRIDED},
    };
    FORWARD(operand_check("swiglu", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k, .a = m, .b = operand_get(&a->b), .y = operand_get(&a->y)};
    t.flat = is_flat(&t.a) && is_flat(&t.b) && is_flat(&t.y);
    pool_for(ex->p, m.rows, exec_tile_rows(3 * m.cols * sizeof(float)), forward_rows, &t);
    return AXL_OK;
}

static void backward_range(const task *t, size_t row, size_t n) {
    const swiglu_backward_args args = {
        .n = n,
        .a = t->a.data + row * t->a.ld,
        .b = t->b.data + row * t->b.ld,
        .dy = t->dy.data + row * t->dy.ld,
        .da = t->da.data + row * t->da.ld,
        .db = t->db.data + row * t->db.ld,
        .y = t->y.data ? t->y.data + row * t->y.ld : NULL,
    };
    t->k->elementwise->swiglu_backward(&args);
}

static void backward_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    if (t->flat) {
        backward_range(t, begin, (end - begin) * t->a.cols);
        return;
    }
    for (size_t r = begin; r < end; r++) backward_range(t, r, t->a.cols);
}

axl_status op_swiglu_backward(const exec *ex, const op_swiglu *a, axl_error *err) {
    matrix m;
    FORWARD(operand_matrix(&m, &a->a, "swiglu backward", "a", err));
    const operand list[] = {
        {"b", &a->b, m.rows, m.cols, OPERAND_STRIDED},
        {"dy", &a->dy, m.rows, m.cols, OPERAND_STRIDED},
        {"da", &a->da, m.rows, m.cols, OPERAND_STRIDED},
        {"db", &a->db, m.rows, m.cols, OPERAND_STRIDED},
        {"y", &a->y, m.rows, m.cols, OPERAND_STRIDED | OPERAND_OPTIONAL},
    };
    FORWARD(operand_check("swiglu backward", list, OPERAND_COUNT(list), err));
    task t = {.k = ex->k, .a = m};
    t.b = operand_get(&a->b);
    t.dy = operand_get(&a->dy);
    t.da = operand_get(&a->da);
    t.db = operand_get(&a->db);
    t.flat = is_flat(&t.a) && is_flat(&t.b) && is_flat(&t.dy) && is_flat(&t.da) && is_flat(&t.db);
    if (a->y.data) {
        t.y = operand_get(&a->y);
        t.flat = t.flat && is_flat(&t.y);
    }
    pool_for(ex->p, m.rows, exec_tile_rows(5 * m.cols * sizeof(float)), backward_rows, &t);
    return AXL_OK;
}
