#include "model/cache.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/views.h"
#include "tensor/op_rope.h"

#include <string.h>

size_t cache_stride(const model_config *c) {
    return size_max(c->max_seq_len / 4 / MODEL_GROUP * MODEL_GROUP, MODEL_GROUP);
}

// ---- layout ----

// The source scale of pair number i.
static size_t source_scale(size_t pair) {
    return pair_source(pair / 2, pair % 2);
}

static size_t lane_states(const cache *c, size_t scale) {
    return c->window / model_factor(scale);
}

// Bytes of floats, a multiple of a cache line.
static size_t float_bytes(size_t count) {
    return (count * sizeof(float) + EXEC_ALIGN - 1) / EXEC_ALIGN * EXEC_ALIGN;
}

// Hands out the block piece by piece; with base NULL it only counts.
typedef struct layout {
    char *base;
    size_t used;
} layout;

static void *take(layout *l, size_t bytes) {
    void *out = l->base ? l->base + l->used : NULL;
    l->used += (bytes + EXEC_ALIGN - 1) / EXEC_ALIGN * EXEC_ALIGN;
    return out;
}

static cache_lane take_lane(layout *l, const cache *c, size_t scale) {
    const size_t bytes = float_bytes(lane_states(c, scale) * c->config->d_model);
    cache_lane lane = {.k = take(l, bytes)};
    lane.v = take(l, bytes);
    return lane;
}

static size_t lay(cache *c, char *base) {
    const model_config *config = c->config;
    const size_t blocks = MODEL_SCALES * config->n_layers, pairs = MODEL_PAIRS * config->n_cross;
    layout l = {.base = base};
    c->self = take(&l, blocks * sizeof *c->self);
    c->cross = take(&l, pairs * sizeof *c->cross);
    c->ids = take(&l, c->window * sizeof *c->ids);
    c->back = take(&l, c->window * sizeof *c->back);
    for (size_t i = 0; i < blocks; i++) {
        const cache_lane lane = take_lane(&l, c, i / config->n_layers);
        if (base) c->self[i] = lane;
    }
    for (size_t i = 0; i < pairs; i++) {
        const cache_lane lane = take_lane(&l, c, source_scale(i % MODEL_PAIRS));
        if (base) c->cross[i] = lane;
    }
    for (size_t s = 1; s < MODEL_SCALES; s++)
        c->final[s] = take(&l, float_bytes((lane_states(c, s) + 1) * config->d_model));
    return l.used;
}

size_t cache_bytes(const model_config *config) {
    cache c = {.config = config, .window = config->max_seq_len};
    return lay(&c, NULL);
}

static void *default_alloc(size_t bytes) {
    void *block = mem_alloc_aligned(bytes, EXEC_ALIGN);
    if (block) memset(block, 0, bytes);
    return block;
}
static const plan_memory default_memory = {.alloc = default_alloc, .free = mem_free_aligned};

axl_status cache_create(cache *out, const model_config *config,
                        const float *const start[MODEL_SCALES], const plan_memory *memory,
                        axl_error *err) {
    *out = (cache){.config = config,
                   .window = config->max_seq_len,
                   .memory = memory ? memory : &default_memory};
    out->bytes = lay(out, NULL);
    out->block = out->memory->alloc(out->bytes);
    if (!out->block) return error_no_memory(err, "the memory of a sequence", out->bytes);
    lay(out, out->block);
    for (size_t s = 1; s < MODEL_SCALES; s++)
        memcpy(out->final[s], start[s], config->d_model * sizeof(float));
    for (size_t i = 0; i < out->window; i++) out->back[i] = (uint32_t)cache_stride(config);
    return AXL_OK;
}

void cache_free(cache *c) {
    if (c->block) c->memory->free(c->block);
    memset(c, 0, sizeof *c);
}

// ---- lanes, one after another ----

// Every array of states: rows that are in use, and how to move them.
typedef void each_rows(void *ctx, float *rows, size_t scale, bool rotated);

static void each(const cache *c, each_rows *fn, void *ctx) {
    const model_config *config = c->config;
    for (size_t i = 0; i < MODEL_SCALES * config->n_layers; i++) {
        fn(ctx, c->self[i].k, i / config->n_layers, true);
        fn(ctx, c->self[i].v, i / config->n_layers, false);
    }
    for (size_t i = 0; i < MODEL_PAIRS * config->n_cross; i++) {
        fn(ctx, c->cross[i].k, source_scale(i % MODEL_PAIRS), true);
        fn(ctx, c->cross[i].v, source_scale(i % MODEL_PAIRS), false);
    }
    for (size_t s = 1; s < MODEL_SCALES; s++) fn(ctx, c->final[s] + config->d_model, s, false);
}

axl_status cache_truncate(cache *c, size_t length, axl_error *err) {
    RETURN_IF(length > c->length || (length % MODEL_GROUP != 0 && length != c->length), err,
              AXL_BAD_ARGUMENT,
              "a sequence of %zu bytes cannot be cut at %zu: a multiple of %zu is needed",
              c->length, length, MODEL_GROUP);
    c->length = length;
    return AXL_OK;
}

void cache_retract(cache *c, size_t length) {
    c->length = size_min(length, c->length);
}

typedef struct copying {
    cache *to;
    const cache *from;
} copying;

static void copy_rows(void *ctx, float *rows, size_t scale, bool rotated) {
    (void)rotated;
    const copying *a = ctx;
    const size_t at = (size_t)((char *)rows - (char *)a->to->block);
    const size_t used = a->from->length / model_factor(scale) * a->from->config->d_model;
    memcpy(rows, (const char *)a->from->block + at, used * sizeof *rows);
}

void cache_copy(cache *to, const cache *from) {
    to->length = from->length;
    to->gone = from->gone;
    memcpy(to->ids, from->ids, from->length * sizeof *to->ids);
    each(to, copy_rows, &(copying){to, from});
}

// ---- the window ----

size_t cache_room(const cache *c) {
    return c->window - c->length;
}

typedef struct sliding {
    const cache *c;
    const exec *ex;
    op_rope rope;
    size_t stride; // bytes
    axl_status status;
    axl_error *err;
} sliding;

static void slide_rows(void *ctx, float *rows, size_t scale, bool rotated) {
    sliding *a = ctx;
    const size_t d = a->c->config->d_model, k = model_factor(scale);
    const size_t gone = a->stride / k, left = a->c->length / k - gone;
    memmove(rows, rows + gone * d, left * d * sizeof *rows);
    if (!rotated || a->status != AXL_OK || left == 0) return;
    a->rope.x = a->rope.y = view_f32(rows, left, d);
    a->status = op_rope_backward(a->ex, &a->rope, a->err);
}

axl_status cache_slide(cache *c, const exec *ex, const rope_table *rope, axl_error *err) {
    if (cache_room(c) > 0) return AXL_OK;
    const size_t stride = cache_stride(c->config);
    sliding a = {.c = c,
                 .ex = ex,
                 .rope = {.table = rope, .position = c->back},
                 .stride = stride,
                 .err = err};
    if (stride < c->window) each(c, slide_rows, &a);
    FORWARD(a.status);
    memmove(c->ids, c->ids + stride, (c->length - stride) * sizeof *c->ids);
    c->length -= stride;
    c->gone += stride;
    return AXL_OK;
}
