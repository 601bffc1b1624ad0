#include "bench/gemm_shapes.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define VOCABULARY 258

// d and d_ff of a model. Its layers: d to d, d to d_ff, d_ff to d.
typedef struct widths {
    size_t d, f;
} widths;

static const widths standard[] = {{256, 688}, {1024, 2752}};
static const widths others[] = {{96, 256}, {192, 512}, {224, 608}, {288, 768}, {512, 1376}};
static const size_t batches[] = {1024, 4096};
static const gemm_shape quick[] = {{128, 256, 256, true}, {128, 688, 256, true}};

enum { LAYERS = 3, MODELS = COUNT(standard) + COUNT(others) };

// Number index of the layers without the heads; heads follow, one for each model.
static gemm_shape layer_at(size_t index) {
    gemm_shape shape = {0};
    if (index < MODELS * LAYERS) {
        size_t model = index / LAYERS;
        shape.standard = model < COUNT(standard);
        widths w = shape.standard ? standard[model] : others[model - COUNT(standard)];
        shape.n = index % LAYERS == 1 ? w.f : w.d;
        shape.k = index % LAYERS == 2 ? w.f : w.d;
    } else {
        size_t model = index - MODELS * LAYERS;
        shape.n = VOCABULARY;
        shape.k = model < COUNT(standard) ? standard[model].d : others[model - COUNT(standard)].d;
    }
    return shape;
}

size_t gemm_shape_count(gemm_set set) {
    switch (set) {
    case GEMM_QUICK:
        return COUNT(quick);
    case GEMM_STANDARD:
        return COUNT(standard) * LAYERS * COUNT(batches);
    default:
        return MODELS * (LAYERS + 1) * COUNT(batches);
    }
}

gemm_shape gemm_shape_at(gemm_set set, size_t index) {
    if (set == GEMM_QUICK) return quick[index];
    gemm_shape shape = layer_at(index / COUNT(batches));
    shape.m = batches[index % COUNT(batches)];
    return shape;
}
