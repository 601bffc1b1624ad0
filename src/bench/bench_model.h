// What the benchmarks of models share: a model of random weights and the peer.
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include "bench/bench_run.h"
#include "model/params.h"
#include "quant/recipe.h"
#include "tensor/plan.h"

typedef struct bench_model {
    bench_run *run;
    const axl_bench_model_options *options;
    axl_bench_model_result *out;
    param_table table; // owned
    const char *optimizer;
    dtype type;                 // of products
    const quant_recipe *recipe; // of weights of few bits, or NULL; type is then f32
    float *w;                   // [table.numbers] random weights; owned
    double seconds;             // to measure
} bench_model;

// Reads the options, makes the weights and fills in what is known of *out. The caller calls
// bench_model_free, whatever the result.
axl_status bench_model_make(bench_model *m, bench_run *run, const axl_bench_model_options *options,
                            axl_bench_model_result *out, axl_error *err);
void bench_model_free(bench_model *m);

// The benchmarks of axl/bench.h.
axl_status bench_train(bench_model *m, axl_error *err);
axl_status bench_decode(bench_model *m, axl_error *err);
axl_status bench_prefill(bench_model *m, axl_error *err);

// count random bytes.
void bench_model_ids(uint16_t *out, size_t count, uint64_t seed);

// Repetitions until the time is used: bytes per second of each, and the peak beside it. fn does
// `bytes` bytes of work; AXL_INTERRUPTED when the caller wants to stop.
#define BENCH_MODEL_ROUNDS 64
typedef axl_status bench_model_fn(void *ctx, axl_error *err);
typedef struct bench_model_rounds {
    bench_model_fn *fn;
    void *ctx;
    const char *what;    // "training step"
    double bytes;        // of one call
    peak_rate_fn *probe; // of the share
} bench_model_rounds;

// Fills bytes_per_s, repetitions, peak; share is gflops of a byte * bytes_per_s / peak where
// operations (of a byte) is not 0.
axl_status bench_model_measure(bench_model *m, const bench_model_rounds *r, double operations,
                               axl_error *err);

// Runs the peer where it is asked for, task "train", "generate" or "prefill". What keeps it from
// running is no failure: it is told in out->peer.missing.
void bench_model_peer(bench_model *m, const char *task);

// The same for llama.cpp, decoding only. AXL_INTERRUPTED when the caller wants to stop.
axl_status bench_model_llama(bench_model *m, axl_error *err);

#endif
