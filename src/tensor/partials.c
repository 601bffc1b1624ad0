#include "tensor/partials.h"

#include "base/sizes.h"
#include "parallel/range.h"

#include <string.h>

// Columns that one task of partials_add sums up.
#define COLUMNS ((size_t)1024)

static partials with_stride(size_t tiles, size_t tile_rows, size_t d) {
    partials p = {.tiles = tiles, .tile_rows = tile_rows, .room = tiles, .d = d};
    size_t bytes;
    if (!size_mul(d, sizeof(float), &bytes) || !size_align_up(bytes, EXEC_ALIGN, &bytes)) {
        bytes = EXEC_TOO_LARGE;
    }
    p.stride = bytes / sizeof(float);
    return p;
}

partials partials_plan(size_t rows, size_t row_bytes, size_t d) {
    const size_t smallest = exec_tile_rows(row_bytes);
    const size_t grain = range_grain(rows, smallest, PARTIALS_TILES);
    partials p = with_stride(range_tiles(rows, grain), grain, d);
    p.room = size_min(range_tiles(rows, smallest), PARTIALS_TILES);
    return p;
}

partials partials_each(size_t count, size_t d) {
    return with_stride(count, 1, d);
}

size_t partials_bytes(const partials *p) {
    size_t bytes;
    return size_mul3(p->room, p->stride, sizeof(float), &bytes) ? bytes : EXEC_TOO_LARGE;
}

float *partials_tile(const partials *p, size_t tile) {
    float *data = p->data + tile * p->stride;
    memset(data, 0, p->d * sizeof *data);
    return data;
}

typedef struct column_sum {
    const kernels *k;
    const partials *p;
    float *sum;
    size_t begin, count; // the columns of this task
} column_sum;

static void combine(void *ctx, size_t into, size_t from) {
    const column_sum *c = ctx;
    float *data = c->p->data + c->begin;
    c->k->elementwise->add(data + into * c->p->stride, data + from * c->p->stride, c->count);
}

static void sum_columns(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    column_sum c = *(const column_sum *)ctx;
    c.begin = begin;
    c.count = end - begin;
    range_combine(c.p->tiles, combine, &c);
    c.k->elementwise->add(c.sum + begin, c.p->data + begin, c.count);
}

void partials_add(const exec *ex, const partials *p, float *sum) {
    if (p->tiles == 0) return;
    column_sum c = {.k = ex->k, .p = p, .sum = sum};
    pool_for(ex->p, p->d, COLUMNS, sum_columns, &c);
}
