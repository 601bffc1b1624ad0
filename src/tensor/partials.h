// Sums over rows that several threads make: each tile of rows adds into a vector of its own, and
// the vectors are added up in a fixed order. The same bits at any number of threads, because the
// tiles depend on the shape only.
#ifndef TENSOR_PARTIALS_H
#define TENSOR_PARTIALS_H

#include "tensor/exec.h"

// Most tiles, and so most memory: 64 vectors.
#define PARTIALS_TILES ((size_t)64)

typedef struct partials {
    size_t tiles;
    size_t tile_rows; // rows of a tile; the last may have fewer
    size_t room;      // vectors that partials_bytes counts: >= tiles, and never falls with the rows
    size_t d;         // of the sum
    size_t stride;    // floats between the vectors of two tiles
    float *data;      // [tiles, stride], in the scratch of an exec
} partials;

// For the sum over rows of vectors of d numbers, where a row moves row_bytes.
partials partials_plan(size_t rows, size_t row_bytes, size_t d);

// One tile for each of count vectors of d numbers.
partials partials_each(size_t count, size_t d);

// Bytes of scratch, a multiple of EXEC_ALIGN, or EXEC_TOO_LARGE. What is enough for some rows is
// enough for fewer.
size_t partials_bytes(const partials *p);

// The vector of a tile, zeroed: called once by the task of that tile.
float *partials_tile(const partials *p, size_t tile);

// sum[c] += the vectors of all tiles, added pairwise in a tree.
void partials_add(const exec *ex, const partials *p, float *sum);

#endif
