// Our own matrix products as `axl bench gemm` runs them: the linear op of tensor/.
#ifndef BENCH_GEMM_OURS_H
#define BENCH_GEMM_OURS_H

#include "bench/bench_run.h"
#include "bench/gemm_problem.h"
#include "bench/gemm_shapes.h"
#include "tensor/op_linear.h"

// Panels of a weight and scratch, large enough for every layer of a set.
typedef struct ours {
    exec ex;
    void *panels;
    size_t panels_bytes;
} ours;

// Bytes that ours_create takes, SIZE_MAX where they are no size_t.
size_t ours_bytes(const bench_run *run, gemm_set set);

// Borrows run. On failure *out is empty. The caller frees it with ours_free, which accepts {0}.
axl_status ours_create(ours *out, const bench_run *run, gemm_set set, axl_error *err);
void ours_free(ours *o);

// One product, ready to run. It borrows the owner and the arrays of the problem; jobs of one owner
// share its panels, so they take turns.
typedef struct ours_job {
    ours *owner;
    bool weight; // forward and dX: there is a weight to pack
    view w;
    linear_panels panels;
    op_linear product;
    op_linear_dw gradient;
    axl_status status; // of the last run
    axl_error err;
} ours_job;

// Also packs the weight, for ours_run_prepacked.
axl_status ours_begin(ours_job *job, ours *owner, const gemm_problem *p, axl_error *err);

void ours_run(void *job);           // a bench_fn: packs the weight and multiplies
void ours_run_prepacked(void *job); // a bench_fn: multiplies

#endif
