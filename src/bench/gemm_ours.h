// Our own matrix products as `axl bench gemm` runs them: the linear layer of tensor/.
#ifndef BENCH_GEMM_OURS_H
#define BENCH_GEMM_OURS_H

#include "bench/bench_run.h"
#include "bench/gemm_problem.h"
#include "bench/gemm_shapes.h"

// What a product needs beside its operands. The owner frees it with ours_free.
typedef struct ours ours;

// Bytes that ours_create needs for every layer of the set, SIZE_MAX where they are no size_t.
size_t ours_bytes(const bench_run *run, gemm_set set);

axl_status ours_create(ours **out, const bench_run *run, gemm_set set, axl_error *err);
void ours_free(ours *o); // NULL is fine

// One product, ready to run; the layer and c stay the caller's.
typedef struct ours_job {
    ours *owner;
    gemm_problem problem;
    bool failed; // a run was refused; err says why
    axl_error err;
} ours_job;

// Packs the weight of the problem once, for ours_run_prepacked.
axl_status ours_begin(ours_job *job, ours *owner, const gemm_problem *p, axl_error *err);

void ours_run(void *job);           // a bench_fn: packs the weight and multiplies
void ours_run_prepacked(void *job); // a bench_fn: multiplies

#endif
