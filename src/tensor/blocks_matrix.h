// A weight of few bits, prepared for products (kernels/blocks.h) from the blocks of a file.
//
// A stored row is a whole number of blocks; columns past k are padding, whatever they hold, and
// meet zeros. Preparing costs one pass over the weight, when a model is loaded.
#ifndef TENSOR_BLOCKS_MATRIX_H
#define TENSOR_BLOCKS_MATRIX_H

#include "parallel/pool.h"
#include "tensor/dtype.h"

#include <stdbool.h>

typedef struct blocks_matrix {
    blocks_form form;
    size_t n, k;
    const void *data; // ceil(n / 16) groups; not owned
} blocks_matrix;

// What a type becomes; false for a type that has no blocks.
bool blocks_form_of(dtype type, blocks_form *out);

// Bytes of a stored row of k columns. False on overflow.
bool blocks_row_bytes(dtype type, size_t k, size_t *out) __attribute__((warn_unused_result));

// Bytes of a prepared [n, k]. False on overflow and for a type that has no blocks.
bool blocks_matrix_bytes(dtype type, size_t n, size_t k, size_t *out)
    __attribute__((warn_unused_result));

// The stored weight.
typedef struct blocks_stored {
    dtype type;
    size_t n, k;
    const void *rows; // [n] rows; any alignment
} blocks_stored;

// Fills data, of blocks_matrix_bytes, which passed.
blocks_matrix blocks_matrix_prepare(pool *p, const blocks_stored *from, void *data);

// The way back: the stored rows of the type that the weight was prepared from, [n] of
// blocks_row_bytes. They mean the same numbers; what the padding behind column k held is lost.
void blocks_matrix_restore(pool *p, const blocks_matrix *from, dtype type, void *rows);

#endif
