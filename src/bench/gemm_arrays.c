#include "bench/gemm_arrays.h"

#include "base/error.h"
#include "base/rng.h"
#include "base/sizes.h"
#include "os/memory.h"
#include "parallel/range.h"

gemm_extent gemm_extent_of(gemm_set set) {
    gemm_extent extent = {0};
    for (size_t i = 0; i < gemm_shape_count(set); i++) {
        gemm_shape s = gemm_shape_at(set, i);
        extent.x = size_max(extent.x, s.m * s.k);
        extent.w = size_max(extent.w, s.n * s.k);
        extent.dy = size_max(extent.dy, s.m * s.n);
    }
    extent.c = size_max(extent.x, size_max(extent.w, extent.dy)); // dX, dW or Y
    return extent;
}

size_t gemm_arrays_bytes(const gemm_extent *e) {
    size_t sum, sources, results;
    bool ok = size_add(e->x, e->w, &sum) && size_add(sum, e->dy, &sum) &&
              size_mul(sum, sizeof(float) + sizeof(uint16_t), &sources) &&
              size_mul3(e->c, 2, sizeof(float), &results) && size_add(sources, results, &sum);
    return ok ? sum : SIZE_MAX;
}

typedef struct fill {
    const bench_run *run;
    float *f32;
    uint16_t *b16;
    rng key;
} fill;

static void fill_range(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const fill *f = ctx;
    float *x = f->f32 + begin;
    size_t n = end - begin;
    rng_fill_uniform(f->key, begin, x, n);
    for (size_t i = 0; i < n; i++) x[i] = 2 * x[i] - 1;
    f->run->k.convert->f32_to_bf16(f->b16 + begin, x, n);
    f->run->k.convert->bf16_to_f32(x, f->b16 + begin, n);
}

// Makes an operand of so many elements in both types.
static bool make(const bench_run *run, float **f32, uint16_t **b16, size_t elements) {
    static const size_t grain = 65536;
    *f32 = os_block_alloc(elements * sizeof **f32);
    *b16 = os_block_alloc(elements * sizeof **b16);
    if (!*f32 || !*b16) return false;
    fill f = {.run = run, .f32 = *f32, .b16 = *b16, .key = rng_key(3, elements)};
    pool_for(run->pool, elements, grain, fill_range, &f);
    return true;
}

axl_status gemm_arrays_create(gemm_arrays *out, const gemm_extent *e, const bench_run *run,
                              axl_error *err) {
    *out = (gemm_arrays){0};
    bool ok = make(run, &out->x, &out->x16, e->x) && make(run, &out->w, &out->w16, e->w) &&
              make(run, &out->dy, &out->dy16, e->dy);
    if (ok) {
        out->c = os_block_alloc(e->c * sizeof(float));
        out->c_peer = os_block_alloc(e->c * sizeof(float));
    }
    if (out->c && out->c_peer) return AXL_OK;
    gemm_arrays_free(out);
    return error_no_memory(err, "the benchmark", gemm_arrays_bytes(e));
}

void gemm_arrays_free(gemm_arrays *a) {
    os_block_free(a->x);
    os_block_free(a->w);
    os_block_free(a->dy);
    os_block_free(a->x16);
    os_block_free(a->w16);
    os_block_free(a->dy16);
    os_block_free(a->c);
    os_block_free(a->c_peer);
    *a = (gemm_arrays){0};
}

gemm_layer gemm_arrays_layer(const gemm_arrays *a, const gemm_shape *shape, bool half) {
    gemm_layer layer = {.bf16 = half, .m = shape->m, .n = shape->n, .k = shape->k};
    if (half) {
        layer.x = a->x16, layer.w = a->w16, layer.dy = a->dy16;
    } else {
        layer.x = a->x, layer.w = a->w, layer.dy = a->dy;
    }
    return layer;
}
