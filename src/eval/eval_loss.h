// What the right symbol costs: cross-entropy in double, for figures that are quoted.
#ifndef EVAL_EVAL_LOSS_H
#define EVAL_EVAL_LOSS_H

#include "parallel/pool.h"

#include <stdint.h>

#define EVAL_NO_TARGET UINT16_MAX // a row that does not count

typedef struct eval_rows {
    const float *logits; // [rows, n]
    size_t rows, n;
    const uint16_t *target; // [rows], < n or EVAL_NO_TARGET
    double *nats;           // [rows]
} eval_rows;

// nats[r] = log(sum over i of exp(z[r][i])) - z[r][target[r]], summed in the order of i; 0 where
// there is no target. NaN or infinity where a logit is one. The result does not depend on p.
void eval_rows_run(pool *p, const eval_rows *a);

#endif
