// oneDNN 2.x as a peer, through its C interface, loaded at run time.
#ifndef BENCH_PEER_ONEDNN_H
#define BENCH_PEER_ONEDNN_H

#include "bench/gemm_problem.h"
#include <axl/status.h>

typedef struct onednn onednn;

// Loads it and makes its engine, for so many threads. AXL_NOT_FOUND or AXL_UNSUPPORTED, with the
// reason, where it cannot be used. The caller owns *out.
axl_status onednn_open(onednn **out, size_t threads, axl_error *err);
void onednn_close(onednn *peer); // NULL is fine

// "oneDNN 2.6.3"; out has room for 32 bytes at least.
void onednn_name(const onednn *peer, char *out, size_t size);

// One product, ready to run. The caller owns the struct; onednn_job_end frees what it holds and
// leaves {0}, which onednn_job_end accepts.
typedef struct onednn_job {
    onednn *peer;
    void *primitive;
    void *src, *weights, *dst; // their memory objects
} onednn_job;

// Prepares p, whose arrays must stay. prepacked: B is brought into the order that oneDNN likes
// best, here and not in the run. False where oneDNN cannot do it on this processor.
bool onednn_job_begin(onednn_job *job, onednn *peer, const gemm_problem *p, bool prepacked);
void onednn_job_end(onednn_job *job);

// A bench_fn: runs the product and waits for its end.
void onednn_job_run(void *job);

#endif
