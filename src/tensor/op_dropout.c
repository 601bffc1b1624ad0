#include "tensor/op_dropout.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#define GRAIN ((size_t)16384) // elements of a tile
#define WORDS ((size_t)512)   // of random numbers made at once

typedef struct task {
    float *y;
    rng key;
    uint32_t threshold; // words below it drop their element
    float scale;        // of the others
} task;

static void drop_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    uint32_t word[WORDS];
    for (size_t i = begin, n; i < end; i += n) {
        n = size_min(WORDS, end - i);
        rng_fill_u32(t->key, i, word, n);
        // A product, not a choice: what is dropped stays NaN where it was, for the guards to find.
        for (size_t j = 0; j < n; j++) t->y[i + j] *= word[j] < t->threshold ? 0.0f : t->scale;
    }
}

axl_status op_dropout_apply(const exec *ex, const op_dropout *a, axl_error *err) {
    const size_t n = view_elements(&a->y);
    const operand list[] = {{"y", &a->y, 1, n, 0}};
    FORWARD(operand_check("dropout", list, OPERAND_COUNT(list), err));
    RETURN_IF(!(a->p >= 0 && a->p < 1), err, AXL_BAD_ARGUMENT,
              "dropout: p is %g, should be from 0 to below 1", a->p);
    // p 2^32 rounds down, so that it is a word for every p below 1.
    task t = {a->y.data, a->key, (uint32_t)(a->p * 0x1p32), (float)(1 / (1 - a->p))};
    if (t.threshold > 0) pool_for(ex->p, n, GRAIN, drop_tile, &t);
    return AXL_OK;
}
