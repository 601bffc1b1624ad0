#include "tensor/op_blocks.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#define TILE_BYTES ((size_t)16 << 10) // of W that a task reads: about a microsecond
#define ROUND_ROWS ((size_t)4)        // rows of x that a task rounds
#define ROUND_ALONE ((size_t)16)      // blocks that are not worth waking threads for

typedef struct task {
    const exec *ex;
    const op_blocks *a;
    matrix x, y;
    blocks_x *rounded; // [m, blocks]
    size_t blocks;
    size_t grain, tiles; // groups of a task; tasks of one weight
} task;

size_t op_blocks_scratch(size_t m, size_t k) {
    size_t bytes;
    const size_t blocks = size_div_up(k, BLOCKS_COLUMNS);
    return size_mul3(m, blocks, sizeof(blocks_x), &bytes) ? bytes : EXEC_TOO_LARGE;
}

static void round_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    for (size_t r = begin; r < end; r++)
        t->ex->k->blocks->round(t->rounded + r * t->blocks, t->x.data + r * t->x.ld, t->x.cols);
}

static void some_groups(void *ctx, size_t i, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const size_t part = i / t->tiles, group = i % t->tiles * t->grain;
    const blocks_matrix *w = &t->a->w[part];
    const size_t row = group * BLOCKS_GROUP, column = part * w->n + row;
    blocks_args args = {.form = w->form,
                        .rows = t->x.rows,
                        .n = size_min(t->grain * BLOCKS_GROUP, w->n - row),
                        .blocks = t->blocks,
                        .x = t->rounded,
                        .ldx = t->blocks,
                        .w = (const char *)w->data + group * blocks_group_bytes(w->form, t->blocks),
                        .y = t->y.data + column,
                        .ldy = t->y.ld,
                        .add = t->a->add};
    if (t->a->scale.data) args.scale = (const float *)t->a->scale.data + column;
    t->ex->k->blocks->product(&args);
}

axl_status op_blocks_apply(const exec *ex, const op_blocks *a, axl_error *err) {
    task t = {.ex = ex, .a = a};
    FORWARD(operand_matrix(&t.x, &a->x, "blocks", "x", err));
    const size_t n = a->count > 0 ? a->w->n : 0;
    for (size_t i = 0; i < a->count; i++)
        RETURN_IF(a->w[i].n != n || a->w[i].k != t.x.cols, err, AXL_BAD_ARGUMENT,
                  "blocks: weight %zu is [%zu, %zu], should be [%zu, %zu]", i, a->w[i].n, a->w[i].k,
                  n, t.x.cols);
    const operand list[] = {
        {"scale", &a->scale, 1, a->count * n, OPERAND_OPTIONAL},
        {"y", &a->y, t.x.rows, a->count * n, OPERAND_STRIDED},
    };
    FORWARD(operand_check("blocks", list, OPERAND_COUNT(list), err));
    FORWARD(exec_need(ex, op_blocks_scratch(t.x.rows, t.x.cols), "blocks", err));
    if (n == 0 || t.x.rows == 0) return AXL_OK;
    t.y = operand_get(&a->y);
    t.rounded = ex->scratch;
    t.blocks = size_div_up(t.x.cols, BLOCKS_COLUMNS);
    if (t.x.rows * t.blocks <= ROUND_ALONE)
        round_rows(&t, 0, t.x.rows, 0);
    else
        pool_for(ex->p, t.x.rows, ROUND_ROWS, round_rows, &t);
    const size_t group = blocks_group_bytes(a->w->form, t.blocks);
    t.grain = size_max(TILE_BYTES / size_max(group, 1), 1);
    t.tiles = range_tiles(size_div_up(n, BLOCKS_GROUP), t.grain);
    pool_run(ex->p, a->count * t.tiles, some_groups, &t);
    return AXL_OK;
}
