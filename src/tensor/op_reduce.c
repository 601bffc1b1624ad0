#include "tensor/op_reduce.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"
#include "tensor/spans.h"

#include <math.h>

typedef struct task {
    const kernels *k;
    const view *list;
    spans tiles;
    double *sums; // [tiles]
} task;

size_t op_reduce_norm_scratch(const view *list, size_t count) {
    size_t tiles = 0, total;
    for (size_t i = 0; i < count; i++) {
        if (!size_add(tiles, size_div_up(view_elements(&list[i]), SPANS_GRAIN), &tiles)) {
            return EXEC_TOO_LARGE;
        }
    }
    const size_t index = spans_bytes(count);
    return index != SIZE_MAX && size_mul_add(tiles, sizeof(double), index, &total) ? total
                                                                                   : EXEC_TOO_LARGE;
}

static void sum_tile(void *ctx, size_t tile, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const span s = spans_at(&t->tiles, tile);
    const view *v = &t->list[s.tensor];
    const size_t end = size_min(s.end, view_elements(v));
    const float *data = v->data;
    t->sums[tile] = t->k->elementwise->sum_squares(data + s.begin, end - s.begin);
}

static void combine(void *ctx, size_t into, size_t from) {
    double *sums = ctx;
    sums[into] += sums[from];
}

axl_status op_reduce_norm(const exec *ex, const view *list, size_t count, double *norm,
                          axl_error *err) {
    for (size_t i = 0; i < count; i++) {
        const operand o = {"a gradient", &list[i], 1, view_elements(&list[i]), 0};
        FORWARD(operand_check("norm", &o, 1, err));
    }
    FORWARD(exec_need(ex, op_reduce_norm_scratch(list, count), "norm", err));
    task t = {.k = ex->k, .list = list, .tiles = spans_over(ex->scratch)};
    t.sums = (double *)(void *)((unsigned char *)ex->scratch + spans_bytes(count));
    for (size_t i = 0; i < count; i++) spans_push(&t.tiles, view_elements(&list[i]));
    const size_t tiles = spans_tiles(&t.tiles);
    pool_run(ex->p, tiles, sum_tile, &t);
    range_combine(tiles, combine, t.sums);
    *norm = tiles > 0 ? sqrt(t.sums[0]) : 0;
    return AXL_OK;
}
