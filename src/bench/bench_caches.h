// Sizes of the caches, which decide how large the buffers of the bandwidth measurements are.
#ifndef BENCH_CACHES_H
#define BENCH_CACHES_H

#include <axl/status.h>
#include <stddef.h>

typedef struct bench_caches {
    size_t l2; // bytes of the L2 cache that one thread can count on
    size_t l3; // bytes of the whole L3 cache
} bench_caches;

// From the system's files of the first processor; usual sizes (512 KiB, 16 MiB) where it has none.
// Fails for want of memory only.
axl_status bench_caches_read(bench_caches *out, axl_error *err);

// How many processors a list such as "0-3,8" names; 1 where it names none.
size_t bench_caches_sharers(const char *list);

#endif
