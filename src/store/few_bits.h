// Models of few bits: made from a model's numbers, and read from an opened file.
#ifndef STORE_FEW_BITS_H
#define STORE_FEW_BITS_H

#include "model/frozen.h"
#include "quant/recipe.h"
#include "store/import.h"

// ---- made ----

// The tensors of a table, those in blocks quantised; the others lie in the block they came from.
// {0} is none.
typedef struct few_bits {
    frozen_tensor *list; // [count of the table]; owned
    size_t *bytes;       // [count]: of each; owned
    size_t all;          // their sum
    void *blocks;        // of all blocks; owned, from os/memory.h
} few_bits;

// What to make them of. Borrows all of it.
typedef struct few_bits_source {
    const param_table *table;
    const float *block; // finite
    const quant_recipe *recipe;
    const float *const *importance; // [count]: of the columns of each tensor, or NULL; or NULL
    bool (*progress)(void *ctx, size_t done, size_t all); // numbers; false: stop; may be NULL
    void *progress_ctx;
} few_bits_source;

// AXL_INTERRUPTED when progress says so. Nothing to free after a failure.
axl_status few_bits_make(few_bits *out, const few_bits_source *from, const kernels *k, pool *p,
                         axl_error *err);
void few_bits_free(few_bits *f); // leaves {0}

// Numbers of a stored row: cols, rounded up to whole blocks.
size_t few_bits_row(dtype type, size_t cols);

// ---- read ----

// Whether a tensor of the model lies in blocks.
bool few_bits_any(const import_model *m);

// Makes an opened model ready to decode, of few bits or dense; AXL_BAD_FILE for types that cannot
// be. The table of m must stay and, where the machine borrows, so must the file.
axl_status few_bits_freeze(const import_model *m, const frozen_machine *machine, frozen *out,
                           axl_error *err);

// All tensors as f32 in a block [m->table.numbers] with the layout of the table, its gaps zero.
// AXL_BAD_FILE for a number that is not finite, for types that are not known and for groups.
axl_status few_bits_numbers(const import_model *m, const kernels *k, float *block, axl_error *err);

#endif
