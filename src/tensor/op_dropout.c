#include "tensor/op_dropout.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#define GRAIN ((size_t)16384) // elements of a tile

typedef struct task {
    const kernels *k;
    drop_args args; // of the whole view
} task;

static void drop_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    drop_args args = t->args;
    args.n = end - begin;
    args.y += begin;
    args.first = begin;
    t->k->dropout->drop(&args);
}

axl_status op_dropout_apply(const exec *ex, const op_dropout *a, axl_error *err) {
    const size_t n = view_elements(&a->y);
    const operand list[] = {{"y", &a->y, 1, n, 0}};
    FORWARD(operand_check("dropout", list, OPERAND_COUNT(list), err));
    RETURN_IF(!(a->p >= 0 && a->p < 1), err, AXL_BAD_ARGUMENT,
              "dropout: p is %g, should be from 0 to below 1", a->p);
    task t = {.k = ex->k};
    t.args = (drop_args){.y = a->y.data,
                         .seed = a->key.seed,
                         .stream = a->key.stream,
                         .threshold = (uint32_t)(a->p * 0x1p32), // cut, so below 2^32
                         .scale = (float)(1 / (1 - a->p))};
    if (t.args.threshold > 0) pool_for(ex->p, n, GRAIN, drop_tile, &t);
    return AXL_OK;
}
