// The parts of bench_kernels.
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include "bench/bench_run.h"

// Bytes that each part allocates, SIZE_MAX where they are no size_t.
size_t bench_streams_bytes(const bench_run *run);
size_t bench_attention_bytes(const bench_run *run);

// Steps that it reports.
size_t bench_streams_steps(void);

axl_status bench_streams(bench_run *run, axl_bench_kernels_result *out, axl_error *err);
axl_status bench_attention(bench_run *run, axl_bench_attention *out, axl_error *err);

// Fills in dispatch_us and handoff_us.
void bench_dispatch(const bench_run *run, axl_bench_kernels_result *out);

#endif
