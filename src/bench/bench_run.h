// What every benchmark works with, and the small things they share.
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench/bench_caches.h"
#include "kernels/kernels.h"
#include "parallel/pool.h"
#include <axl/bench.h>

// One benchmark under way. The caller owns what the pointers point to.
typedef struct bench_run {
    kernels k;
    pool *pool; // of all threads
    size_t threads;
    bench_caches caches;
    bool quick;
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
    size_t done, total; // steps
} bench_run;

// Says what comes next; AXL_INTERRUPTED when the caller wants to stop.
axl_status bench_step(bench_run *run, const char *what, axl_error *err);

// Refuses with AXL_NO_MEMORY what the machine has no room for.
axl_status bench_check_memory(size_t bytes, axl_error *err);

axl_status bench_peak(bench_run *run, axl_bench_peak_result *out, axl_error *err);
axl_status bench_peak_f32(bench_run *run, axl_bench_rate *out, axl_error *err); // of all threads
axl_status bench_kernels(bench_run *run, axl_bench_kernels_result *out, axl_error *err);

// *out is zeroed but for level and threads. The caller frees out->rows with mem_free, whatever the
// result.
axl_status bench_gemm(bench_run *run, const axl_bench_gemm_options *options,
                      axl_bench_gemm_result *out, axl_error *err);

#endif
