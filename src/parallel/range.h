// Ranges cut into tiles of fixed size. The tiles depend on count and grain only, and reductions
// combine them in a fixed order: the same bits come out at any number of threads.
#ifndef PARALLEL_RANGE_H
#define PARALLEL_RANGE_H

#include "parallel/pool.h"
#include <stddef.h>

// Most tiles that pool_sum makes; it enlarges the grain for longer ranges.
#define RANGE_SUM_TILES ((size_t)512)

// Number of tiles of grain elements that cover count; the last one may be shorter. grain 0 counts
// as 1.
size_t range_tiles(size_t count, size_t grain);

// The smallest grain, at least the given one and a multiple of it, that needs no more than
// max_tiles (>= 1) tiles. For reductions whose partial results cost memory.
size_t range_grain(size_t count, size_t grain, size_t max_tiles);

// fn sees [begin, end) of one tile.
typedef void range_fn(void *ctx, size_t begin, size_t end, size_t worker);
void pool_for(pool *p, size_t count, size_t grain, range_fn *fn, void *ctx);

// Sum of fn over all tiles: fn returns the sum of its own tile, the tiles are added pairwise in a
// fixed tree. Allocates nothing.
typedef double range_sum_fn(void *ctx, size_t begin, size_t end, size_t worker);
double pool_sum(pool *p, size_t count, size_t grain, range_sum_fn *fn, void *ctx);

// The same tree for partial results of any kind that the caller keeps, one for each tile: fn adds
// partial `from` into partial `into`, and all ends in partial 0.
typedef void range_combine_fn(void *ctx, size_t into, size_t from);
void range_combine(size_t tiles, range_combine_fn *fn, void *ctx);

#endif
