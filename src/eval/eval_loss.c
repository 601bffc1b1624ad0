#include "eval/eval_loss.h"

#include "parallel/range.h"

#include <math.h>

#define ROWS ((size_t)16) // of a task

static double cost(const float *z, size_t n, uint16_t target) {
    float most = z[0];
    for (size_t i = 1; i < n; i++)
        if (z[i] > most) most = z[i];
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += exp((double)z[i] - (double)most);
    return log(sum) - ((double)z[target] - (double)most);
}

static void some_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const eval_rows *a = ctx;
    for (size_t r = begin; r < end; r++) {
        const uint16_t target = a->target[r];
        a->nats[r] = target == EVAL_NO_TARGET ? 0 : cost(a->logits + r * a->n, a->n, target);
    }
}

void eval_rows_run(pool *p, const eval_rows *a) {
    pool_for(p, a->rows, ROWS, some_rows, (void *)(uintptr_t)a);
}
