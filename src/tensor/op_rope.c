#include "tensor/op_rope.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

typedef struct task {
    const kernels *k;
    rope_args args; // of all rows
} task;

static void rotate_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    rope_args args = t->args;
    args.rows = end - begin;
    args.x += begin * args.ldx;
    args.y += begin * args.ldy;
    args.position += begin;
    t->k->rope->rotate(&args);
}

static axl_status run(const exec *ex, const op_rope *a, bool back, axl_error *err) {
    const char *op = back ? "rope backward" : "rope";
    const rope_table *table = a->table;
    matrix x;
    FORWARD(operand_matrix(&x, &a->x, op, "x", err));
    const operand list[] = {{"y", &a->y, x.rows, x.cols, OPERAND_STRIDED}};
    FORWARD(operand_check(op, list, OPERAND_COUNT(list), err));
    RETURN_IF(!table || !table->cosines || !table->sines, err, AXL_BAD_ARGUMENT,
              "%s: the table is not given", op);
    RETURN_IF(table->head_size == 0 || x.cols % table->head_size != 0, err, AXL_BAD_ARGUMENT,
              "%s: rows of %zu are no whole heads of %zu", op, x.cols, table->head_size);
    RETURN_IF(!a->position && x.rows > 0, err, AXL_BAD_ARGUMENT, "%s: position is not given", op);
    for (size_t r = 0; r < x.rows; r++) {
        RETURN_IF(a->position[r] >= table->positions, err, AXL_BAD_ARGUMENT,
                  "%s: position %u of row %zu, the table has %zu", op, (unsigned)a->position[r], r,
                  table->positions);
    }
    const matrix y = operand_get(&a->y);
    RETURN_IF(x.data == y.data && x.ld != y.ld && x.rows > 1, err, AXL_BAD_ARGUMENT,
              "%s: y overlaps x with another stride", op);
    task t = {.k = ex->k};
    t.args = (rope_args){
        .rows = x.rows,
        .heads = x.cols / table->head_size,
        .head_size = table->head_size,
        .x = x.data,
        .ldx = x.ld,
        .y = y.data,
        .ldy = y.ld,
        .position = a->position,
        .table = table->cosines,
        .table_sin = table->sines,
        .back = back,
    };
    pool_for(ex->p, x.rows, exec_tile_rows(2 * x.cols * sizeof(float)), rotate_rows, &t);
    return AXL_OK;
}

axl_status op_rope_forward(const exec *ex, const op_rope *a, axl_error *err) {
    return run(ex, a, false, err);
}

axl_status op_rope_backward(const exec *ex, const op_rope *a, axl_error *err) {
    return run(ex, a, true, err);
}
