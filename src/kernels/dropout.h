// Dropout by the numbers of base/rng.h, many of its blocks at once.
#ifndef AXL_KERNELS_DROPOUT_H
#define AXL_KERNELS_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

// y[i] = y[i] * (rng_u32(key, first + i) < threshold ? 0 : scale), i < n, with the key (seed,
// stream). A product, not a choice: NaN stays NaN and infinity becomes it where they are dropped.
typedef struct drop_args {
    size_t n;
    float *y;       // [n]
    uint64_t first; // a multiple of 4
    uint64_t seed, stream;
    uint32_t threshold;
    float scale;
} drop_args;

typedef void drop_fn(const drop_args *args);

typedef struct dropout_kernels {
    drop_fn *drop;
} dropout_kernels;

#endif
