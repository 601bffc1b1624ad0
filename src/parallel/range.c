#include "parallel/range.h"

#include "base/sizes.h"

size_t range_tiles(size_t count, size_t grain) {
    return size_div_up(count, size_max(grain, 1));
}

size_t range_grain(size_t count, size_t grain, size_t max_tiles) {
    const size_t least = size_max(grain, 1);
    const size_t tiles = range_tiles(count, least);
    // No overflow: the product stays below count + least, and where that could exceed the type the
    // factor is 1 or the range fits in one tile anyway.
    const size_t factor = size_max(size_div_up(tiles, size_max(max_tiles, 1)), 1);
    size_t result;
    return size_mul(least, factor, &result) ? result : SIZE_MAX;
}

typedef struct tiling {
    size_t count;
    size_t grain;
    range_fn *fn;
    void *ctx;
} tiling;

static void run_tile(void *ctx, size_t task, size_t worker) {
    const tiling *t = ctx;
    const size_t begin = task * t->grain;
    t->fn(t->ctx, begin, begin + size_min(t->grain, t->count - begin), worker);
}

void pool_for(pool *p, size_t count, size_t grain, range_fn *fn, void *ctx) {
    tiling t = {.count = count, .grain = size_max(grain, 1), .fn = fn, .ctx = ctx};
    pool_run(p, range_tiles(count, t.grain), run_tile, &t);
}

void range_combine(size_t tiles, range_combine_fn *fn, void *ctx) {
    // After the pass with distance d, partial i * 2d holds the sum of partials i * 2d .. + 2d - 1.
    for (size_t distance = 1; distance < tiles; distance *= 2) {
        for (size_t into = 0; into < tiles - distance; into += 2 * distance) {
            fn(ctx, into, into + distance);
        }
    }
}

typedef struct summing {
    size_t grain;
    range_sum_fn *fn;
    void *ctx;
    double partial[RANGE_SUM_TILES]; // one a tile
} summing;

static void sum_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    summing *s = ctx;
    s->partial[begin / s->grain] = s->fn(s->ctx, begin, end, worker);
}

static void add_partial(void *ctx, size_t into, size_t from) {
    summing *s = ctx;
    s->partial[into] += s->partial[from];
}

double pool_sum(pool *p, size_t count, size_t grain, range_sum_fn *fn, void *ctx) {
    if (count == 0) return 0.0;
    summing s = {.grain = range_grain(count, grain, RANGE_SUM_TILES), .fn = fn, .ctx = ctx};
    pool_for(p, count, s.grain, sum_tile, &s);
    range_combine(range_tiles(count, s.grain), add_partial, &s);
    return s.partial[0];
}
