// OpenBLAS as a peer, loaded at run time.
#ifndef BENCH_PEER_OPENBLAS_H
#define BENCH_PEER_OPENBLAS_H

#include "bench/gemm_problem.h"
#include "os/library.h"
#include <axl/status.h>

enum { OPENBLAS_FUNCTIONS = 3 };

// Valid for ever once opened; copies are fine.
typedef struct openblas {
    os_function *functions[OPENBLAS_FUNCTIONS];
} openblas;

// AXL_NOT_FOUND or AXL_UNSUPPORTED, with the reason, where it cannot be used.
axl_status openblas_open(openblas *out, size_t threads, axl_error *err);

// Its own name, version and processor.
void openblas_name(const openblas *peer, char *out, size_t size);

// One product in f32. The caller keeps peer and problem.
typedef struct openblas_job {
    const openblas *peer;
    const gemm_problem *problem;
} openblas_job;

// A bench_fn.
void openblas_job_run(void *job);

#endif
