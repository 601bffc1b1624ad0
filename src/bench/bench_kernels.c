#include "bench/bench_kernels.h"

#include "base/error.h"
#include "base/sizes.h"

axl_status bench_kernels(bench_run *run, axl_bench_kernels_result *out, axl_error *err) {
    size_t bytes = size_max(bench_streams_bytes(run), bench_attention_bytes(run));
    FORWARD(bench_check_memory(bytes, err));
    run->total = 2 + bench_streams_steps();
    FORWARD(bench_step(run, "dispatch", err));
    bench_dispatch(run, out);
    FORWARD(bench_step(run, "attention", err));
    FORWARD(bench_attention(run, &out->attention, err));
    return bench_streams(run, out, err);
}
