// Loops that measure what the processor can do: the yardstick of every speed that AXL quotes.
#ifndef AXL_KERNELS_PEAK_H
#define AXL_KERNELS_PEAK_H

#include <stddef.h>

// Runs rounds of independent multiply-adds in registers and returns the operations done (2 a
// multiply-add). *sink receives a value that depends on all of them.
typedef double peak_rate_fn(size_t rounds, float *sink);

// Reads n bytes (a multiple of 256, aligned to 64) and returns a value that depends on all of them.
typedef float peak_read_fn(const void *p, size_t n);

// Copies n bytes (a multiple of 256, aligned to 64) with ordinary stores.
typedef void peak_copy_fn(void *to, const void *from, size_t n);

typedef struct peak_kernels {
    peak_rate_fn *f32;
    peak_rate_fn *bf16; // the best way this level has to multiply bf16 numbers
    peak_rate_fn *int8;
    const char *bf16_how, *int8_how; // "vdpbf16ps", "as f32", ...
    peak_read_fn *read;
    peak_copy_fn *copy;
} peak_kernels;

#endif
