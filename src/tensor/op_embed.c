#include "tensor/op_embed.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

// Columns that one task of the backward pass scatters: a few cache lines of each row, so that
// threads share neither a column nor a line.
#define COLUMNS ((size_t)64)

static axl_status check_ids(const op_embed *a, size_t rows, size_t vocabulary, axl_error *err) {
    RETURN_IF(!a->id && rows > 0, err, AXL_BAD_ARGUMENT, "embed: id is not given");
    for (size_t r = 0; r < rows; r++) {
        RETURN_IF(a->id[r] >= vocabulary, err, AXL_BAD_ARGUMENT,
                  "embed: id %u of row %zu is not in the vocabulary of %zu", (unsigned)a->id[r], r,
                  vocabulary);
    }
    return AXL_OK;
}

typedef struct task {
    const kernels *k;
    embed_args args; // of all rows and columns
} task;

static void gather_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    embed_args args = t->args;
    args.rows = end - begin;
    args.id += begin;
    args.y += begin * args.d;
    t->k->elementwise->embed_gather(&args);
}

axl_status op_embed_forward(const exec *ex, const op_embed *a, axl_error *err) {
    matrix e, y;
    FORWARD(operand_matrix(&e, &a->e, "embed", "e", err));
    FORWARD(operand_matrix(&y, &a->y, "embed", "y", err));
    const operand list[] = {{"e", &a->e, e.rows, e.cols, 0}, {"y", &a->y, y.rows, e.cols, 0}};
    FORWARD(operand_check("embed", list, OPERAND_COUNT(list), err));
    FORWARD(check_ids(a, y.rows, e.rows, err));
    task t = {.k = ex->k};
    t.args = (embed_args){.d = e.cols, .id = a->id, .e = e.data, .y = y.data, .columns = e.cols};
    pool_for(ex->p, y.rows, exec_tile_rows(2 * e.cols * sizeof(float)), gather_rows, &t);
    return AXL_OK;
}

static void scatter_columns(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    embed_args args = t->args;
    args.column0 = begin;
    args.columns = end - begin;
    t->k->elementwise->embed_scatter(&args);
}

axl_status op_embed_backward(const exec *ex, const op_embed *a, axl_error *err) {
    matrix de, dy;
    FORWARD(operand_matrix(&de, &a->de, "embed backward", "de", err));
    FORWARD(operand_matrix(&dy, &a->dy, "embed backward", "dy", err));
    const operand list[] = {{"de", &a->de, de.rows, de.cols, 0},
                            {"dy", &a->dy, dy.rows, de.cols, 0}};
    FORWARD(operand_check("embed backward", list, OPERAND_COUNT(list), err));
    FORWARD(check_ids(a, dy.rows, de.rows, err));
    task t = {.k = ex->k};
    t.args = (embed_args){.rows = dy.rows, .d = de.cols, .id = a->id, .dy = dy.data, .de = de.data};
    pool_for(ex->p, de.cols, COLUMNS, scatter_columns, &t);
    return AXL_OK;
}
