// Numbers into blocks of few bits (kernels/blocks.h): a search for the scales whose blocks come
// closest to the numbers, in the sum of weighted squares.
//
// The weight of a column is its importance: the mean square of the activations that meet it. Then
// the sum is the expected square of the error of the products. Without importance all columns
// weigh the same. The bits depend on the numbers and weights alone.
#ifndef QUANT_QUANTIZE_ROWS_H
#define QUANT_QUANTIZE_ROWS_H

#include "parallel/pool.h"
#include "tensor/dtype.h"

// Whether quantize_rows knows the type.
bool quantize_knows(dtype type);

typedef struct quantize_source {
    const float *x; // [rows, cols], finite
    size_t rows, cols;
    const float *importance; // [cols], finite and >= 0; or NULL
} quantize_source;

// Fills out: [rows] stored rows of blocks_row_bytes each. Columns past cols are zeros.
void quantize_rows(const kernels *k, pool *p, dtype type, const quantize_source *from, void *out);

#endif
