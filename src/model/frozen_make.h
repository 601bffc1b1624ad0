// How a frozen model is put together from whatever holds its numbers. Internal to the frozen*.c
// files.
#ifndef MODEL_FROZEN_MAKE_H
#define MODEL_FROZEN_MAKE_H

#include "model/frozen.h"

// Where the matrix and the vector at an offset of the table's block are.
typedef struct frozen_maker {
    void *ctx;
    frozen_matrix (*matrix)(void *ctx, size_t offset, size_t rows, size_t cols);
    const float *(*vector)(void *ctx, size_t offset);
} frozen_maker;

// Everything but embed, owned and memory. On failure nothing is left to free.
axl_status frozen_make(frozen *out, const param_table *t, const frozen_maker *by, axl_error *err);

#endif
