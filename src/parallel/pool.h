// A pool of threads that share the tasks of one run at a time.
//
// Tasks are claimed one after the other from a counter, so who does which task differs from run to
// run: results must not depend on it. They don't if each task writes only its own output and the
// number of tasks depends on shapes alone, never on the number of threads (parallel/range.h has the
// tiles and the reductions for that).
#ifndef PARALLEL_POOL_H
#define PARALLEL_POOL_H

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_THREADS_MAX ((size_t)1024)

typedef struct pool pool;

// task is in 0..tasks-1, each exactly once. worker is in 0..pool_threads-1 and has at most one task
// at a time, so it can index scratch memory. What the caller wrote before pool_run is visible to
// the tasks, what they wrote to the caller after.
typedef void pool_task(void *ctx, size_t task, size_t worker);

// threads counts the caller of pool_run; 0 means os_cpu_count(). The caller owns *out; on failure
// it is NULL.
axl_status pool_create(pool **out, size_t threads, axl_error *err);

// Ends the threads. No run may be under way. NULL is allowed.
void pool_free(pool *p);

// 1 for NULL.
size_t pool_threads(const pool *p);

// Runs all tasks and returns when all are done; the calling thread is worker 0 and works too. With
// p NULL it does everything. Callers of one pool on several threads take turns. Called from inside
// a task of the same pool, it runs the tasks inline, one after the other, as the worker that
// called; a task must not run another pool whose tasks could run this one. A pool does not survive
// fork().
void pool_run(pool *p, size_t tasks, pool_task *fn, void *ctx);

// For tests and benchmarks: how long a thread without work spins before it sleeps, and how many
// threads (the caller included) may be awake for a run. Results are the same for any values. Not
// during a run.
void pool_tune(pool *p, uint64_t spin_ns, size_t awake);

#endif
