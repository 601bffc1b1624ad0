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

// The number of the row at an offset. The table has some hundred rows, and a model is frozen once.
size_t frozen_row(const param_table *t, size_t offset);

// Memory for what a model owns, in whole lines.
#define FROZEN_ALIGN ((size_t)64)

static inline size_t frozen_lines(size_t bytes) {
    return (bytes + FROZEN_ALIGN - 1) / FROZEN_ALIGN * FROZEN_ALIGN;
}

// AXL_NO_MEMORY, with the bytes, where the machine has not so many.
axl_status frozen_take(void **out, const plan_memory *memory, size_t bytes, axl_error *err);

// frozen_of_tensors for dense tensors.
axl_status frozen_of_dense(frozen *out, const param_table *t, const frozen_tensor *list,
                           const frozen_machine *machine, axl_error *err);

#endif
