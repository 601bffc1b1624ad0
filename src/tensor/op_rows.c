#include "tensor/op_rows.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#define TILE_BYTES ((size_t)32 << 10) // of W that a task reads: about a microsecond
#define TILE_UNIT ((size_t)24)        // rows of W: whole blocks of the kernels

typedef struct task {
    dot_fn *dot;
    dot_args args; // of the whole product
    size_t row_bytes;
} task;

static dot_fn *kernel_of(const exec *ex, dtype type) {
    switch (type) {
    case DTYPE_F32:
        return ex->k->dot->f32;
    case DTYPE_BF16:
        return ex->k->dot->bf16;
    case DTYPE_F16:
        return ex->k->dot->f16;
    default:
        return NULL;
    }
}

// Rows begin .. end - 1 of W; all groups of x but the first find them in the cache.
static void some_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    dot_args args = t->args;
    args.n = end - begin;
    args.w = (const char *)args.w + begin * t->row_bytes;
    if (args.scale) args.scale += begin;
    args.y += begin;
    for (size_t row = 0; row < t->args.rows; row += args.rows) {
        args.rows = size_min(t->args.rows - row, DOT_MAX_ROWS);
        args.x = t->args.x + row * args.ldx;
        t->dot(&args);
        args.y += args.rows * args.ldy;
    }
}

axl_status op_rows_apply(const exec *ex, const op_rows *a, axl_error *err) {
    matrix x, w;
    char text[SHAPE_TEXT];
    FORWARD(operand_matrix(&x, &a->x, "rows", "x", err));
    dot_fn *dot = kernel_of(ex, a->w.type);
    RETURN_IF(!dot, err, AXL_BAD_ARGUMENT, "rows: w is %s, should be f32, bf16 or f16",
              view_text(&a->w, text));
    view f32 = a->w; // operand_matrix knows shapes and strides; the type does not matter to it
    f32.type = DTYPE_F32;
    FORWARD(operand_matrix(&w, &f32, "rows", "w", err));
    const operand list[] = {
        {"w", &f32, w.rows, x.cols, OPERAND_STRIDED},
        {"scale", &a->scale, 1, w.rows, OPERAND_OPTIONAL},
        {"y", &a->y, x.rows, w.rows, OPERAND_STRIDED},
    };
    FORWARD(operand_check("rows", list, OPERAND_COUNT(list), err));
    const matrix y = operand_get(&a->y);
    task t = {.dot = dot};
    t.row_bytes = w.ld * (a->w.type == DTYPE_F32 ? sizeof(float) : sizeof(uint16_t));
    t.args = (dot_args){.rows = x.rows,
                        .n = w.rows,
                        .k = x.cols,
                        .x = x.data,
                        .ldx = x.ld,
                        .w = w.data,
                        .ldw = w.ld,
                        .scale = a->scale.data,
                        .y = y.data,
                        .ldy = y.ld,
                        .add = a->add};
    const size_t rows = TILE_BYTES / size_max(t.row_bytes, 1);
    const size_t grain = size_max(size_div_up(rows, TILE_UNIT), 1) * TILE_UNIT;
    pool_for(ex->p, w.rows, grain, some_rows, &t);
    return AXL_OK;
}
