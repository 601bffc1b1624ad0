#include <axl/bench.h>

#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "bench/bench_model.h"
#include "bench/bench_run.h"

#include <string.h>

// Checks the options (NULL: the defaults) and makes the pool, which end_run frees.
static axl_status begin_run(bench_run *run, const axl_bench_options *options, axl_error *err) {
    static const axl_bench_options defaults;
    if (!options) options = &defaults;
    *run = (bench_run){.quick = options->quick,
                       .progress = options->progress,
                       .progress_ctx = options->progress_ctx};
    FORWARD(bench_caches_read(&run->caches, err));
    machine m;
    FORWARD(machine_open(&m, options->level, options->threads, err));
    run->k = m.k;
    run->pool = m.pool;
    run->threads = m.threads;
    return AXL_OK;
}

static axl_status end_run(bench_run *run, axl_status status) {
    pool_free(run->pool);
    return status;
}

static const char *level_of(const bench_run *run) {
    return kernels_level_name(run->k.level);
}

axl_status axl_bench_peak(const axl_bench_options *options, axl_bench_peak_result *out,
                          axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_bench_peak: out is NULL");
    bench_run run;
    FORWARD(begin_run(&run, options, err));
    *out = (axl_bench_peak_result){.level = level_of(&run), .threads = run.threads};
    return end_run(&run, bench_peak(&run, out, err));
}

axl_status axl_bench_peak_f32(const axl_bench_options *options, axl_bench_f32_result *out,
                              axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_bench_peak_f32: out is NULL");
    bench_run run;
    FORWARD(begin_run(&run, options, err));
    *out = (axl_bench_f32_result){.level = level_of(&run), .threads = run.threads};
    return end_run(&run, bench_peak_f32(&run, &out->all, err));
}

axl_status axl_bench_kernels(const axl_bench_options *options, axl_bench_kernels_result *out,
                             axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_bench_kernels: out is NULL");
    bench_run run;
    FORWARD(begin_run(&run, options, err));
    *out = (axl_bench_kernels_result){.level = level_of(&run), .threads = run.threads};
    return end_run(&run, bench_kernels(&run, out, err));
}

axl_status axl_bench_gemm(const axl_bench_gemm_options *options, axl_bench_gemm_result **out,
                          axl_error *err) {
    static const axl_bench_gemm_options defaults;
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_bench_gemm: out is NULL");
    *out = NULL;
    if (!options) options = &defaults;
    bench_run run;
    FORWARD(begin_run(&run, &options->common, err));
    axl_status status = AXL_NO_MEMORY;
    axl_bench_gemm_result *result = mem_zalloc(sizeof *result);
    if (result) {
        result->level = level_of(&run);
        result->threads = run.threads;
        status = bench_gemm(&run, options, result, err);
    } else {
        error_no_memory(err, "a benchmark's result", sizeof *result);
    }
    if (end_run(&run, status) == AXL_OK) {
        *out = result;
    } else {
        axl_bench_gemm_free(result);
    }
    return status;
}

void axl_bench_gemm_free(axl_bench_gemm_result *result) {
    if (!result) return;
    mem_free(result->rows);
    mem_free(result);
}

typedef axl_status model_bench(bench_model *m, axl_error *err);

static axl_status run_model(const axl_bench_model_options *options, axl_bench_model_result *out,
                            model_bench *measure, axl_error *err) {
    static const axl_bench_model_options defaults;
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "the benchmark of a model: out is NULL");
    if (!options) options = &defaults;
    bench_run run;
    FORWARD(begin_run(&run, &options->common, err));
    *out = (axl_bench_model_result){.level = level_of(&run), .threads = run.threads};
    bench_model m;
    axl_status status = bench_model_make(&m, &run, options, out, err);
    if (status == AXL_OK) status = measure(&m, err);
    bench_model_free(&m);
    return end_run(&run, status);
}

axl_status axl_bench_train(const axl_bench_model_options *options, axl_bench_model_result *out,
                           axl_error *err) {
    return run_model(options, out, bench_train, err);
}

axl_status axl_bench_decode(const axl_bench_model_options *options, axl_bench_model_result *out,
                            axl_error *err) {
    return run_model(options, out, bench_decode, err);
}

axl_status axl_bench_prefill(const axl_bench_model_options *options, axl_bench_model_result *out,
                             axl_error *err) {
    return run_model(options, out, bench_prefill, err);
}
