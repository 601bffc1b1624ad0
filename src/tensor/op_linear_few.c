#include "tensor/op_linear_few.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#define TILE_BYTES ((size_t)32 << 10) // of W that a task reads: some microseconds
#define TILE_UNIT ((size_t)8)         // rows of W: whole blocks of the kernels
#define SIZE_LIMIT (SIZE_MAX / 1024)  // of k: scratch is no more than 64 bytes for each

typedef struct task {
    const gemm_kernels *g;
    gemm_few_args args; // of the whole product
} task;

static const gemm_kernels *family(const exec *ex, dtype type) {
    return type == DTYPE_BF16 ? ex->k->gemm_bf16 : ex->k->gemm_f32;
}

static void some_columns(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    gemm_few_args args = t->args;
    args.n0 = begin;
    args.n1 = end;
    t->g->few_run(&args);
}

// Rows of floats or bf16; operand_matrix knows shapes and strides, the type does not matter to it.
static axl_status rows_of(matrix *out, const view *v, const char *name, axl_error *err) {
    view f32 = *v;
    f32.type = DTYPE_F32;
    return operand_matrix(out, &f32, "few rows", name, err);
}

size_t op_linear_few_scratch(const exec *ex, dtype type, size_t k) {
    return k < SIZE_LIMIT ? family(ex, type)->few_bytes(k) : EXEC_TOO_LARGE;
}

axl_status op_linear_few_apply(const exec *ex, const op_linear_few *a, axl_error *err) {
    matrix x, w;
    const dtype type = a->w.type;
    FORWARD(rows_of(&x, &a->x, "x", err));
    FORWARD(rows_of(&w, &a->w, "w", err));
    RETURN_IF((type != DTYPE_F32 && type != DTYPE_BF16) || a->x.type != type || w.cols != x.cols,
              err, AXL_BAD_ARGUMENT, "few rows: x has rows of %zu %s, w of %zu %s", x.cols,
              dtype_of(a->x.type)->name, w.cols, dtype_of(type)->name);
    RETURN_IF(x.rows > LINEAR_FEW_ROWS || (a->scale && type != DTYPE_F32), err, AXL_BAD_ARGUMENT,
              "few rows: %zu rows of %s%s", x.rows, dtype_of(type)->name,
              a->scale ? " with a scale" : "");
    const operand list[] = {{"y", &a->y, x.rows, w.rows, OPERAND_STRIDED}};
    FORWARD(operand_check("few rows", list, OPERAND_COUNT(list), err));
    FORWARD(exec_need(ex, op_linear_few_scratch(ex, type, x.cols), "few rows", err));
    const matrix y = operand_get(&a->y);
    task t = {.g = family(ex, type)};
    t.args = (gemm_few_args){.m = x.rows,
                             .n = w.rows,
                             .k = x.cols,
                             .a = x.data,
                             .lda = x.ld,
                             .w = w.data,
                             .ldw = w.ld,
                             .scale = a->scale,
                             .c = y.data,
                             .ldc = y.ld,
                             .add = a->add,
                             .scratch = ex->scratch};
    t.g->few_pack(&t.args);
    const size_t row = w.ld * (type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float));
    const size_t rows = TILE_BYTES / size_max(row, 1);
    pool_for(ex->p, w.rows, size_max(size_div_up(rows, TILE_UNIT), 1) * TILE_UNIT, some_columns,
             &t);
    return AXL_OK;
}
