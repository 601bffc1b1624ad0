// How a run works.
//
// `ticket` holds the number of the run (epoch, upper bits) and how many of its chunks nobody has
// claimed yet (lower bits). A claim is one compare-and-swap of that word from n > 0 to n - 1, so it
// succeeds only for the run that the claiming thread has in mind, and only while that run has work
// left: a thread that was delayed since run N never takes a chunk of N+1.
//
// The job's fields are read before the claim and trusted only if the claim succeeds. They are then
// those of this run: a run with an unclaimed chunk is not over, and N+1 is written only when N is.
// That is why the word counts down to a fixed 0 and not up to the number of chunks: that number is
// one of the fields, a delayed thread could have the one of N+1 in hand, and claim a chunk that N
// never had. The fields are atomic because a delayed thread may read them while the next run is
// being written; it throws away what it read.
//
// Sleeping is a Dekker protocol on two words, for both kinds of sleeper: the sleeper announces
// itself and then looks for work; the other side publishes and then looks for sleepers. All four
// accesses are sequentially consistent, so at least one of the two sees the other. A waker takes
// the lock before it signals, and the sleeper holds it from its last look until it waits.
#include "parallel/pool.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/clock.h"
#include "os/thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define CHUNK_BITS 24
#define CHUNKS_MAX (((uint64_t)1 << CHUNK_BITS) - 1)

#define SPIN_NS 40000
// Pauses between two looks at the clock, which costs about as much.
#define SPIN_BATCH 16

// Two cache lines: the processors fetch them in pairs.
#define LINE 128

typedef struct worker {
    pool *owner;
    size_t index;
    os_thread thread;
} worker;

struct pool {
    // Written by the caller of a run, read by all.
    _Alignas(LINE) _Atomic uint64_t ticket;
    _Atomic(pool_task *) fn;
    _Atomic(void *) ctx;
    atomic_size_t tasks;
    atomic_size_t chunk; // tasks in a chunk: 1 unless there are more tasks than chunk numbers
    atomic_bool stop;

    // Written by all.
    _Alignas(LINE) atomic_size_t done; // chunks of the current run that are finished
    atomic_bool caller_sleeps;
    _Alignas(LINE) atomic_size_t sleepers; // workers that sleep or are about to
    atomic_size_t spinners;                // workers that spin

    _Alignas(LINE) os_mutex run_lock; // held by the caller during a run
    os_mutex sleep_lock;
    os_cond work;     // workers wait here, with sleep_lock
    os_cond finished; // the caller waits here, with sleep_lock
    _Atomic uint64_t spin_ns;
    atomic_size_t awake; // most threads, the caller included, that a run keeps awake
    size_t threads;
    size_t started;  // workers whose thread runs
    worker *workers; // threads - 1
};

// The runs that this thread is inside of, innermost first. Frames live on the stack.
typedef struct frame {
    const pool *p;
    size_t worker;
    struct frame *outer;
} frame;

static _Thread_local frame *current_frame;

typedef struct job {
    uint64_t epoch;
    pool_task *fn;
    void *ctx;
    size_t tasks;
    size_t chunk;
    size_t chunks;
} job;

static uint64_t epoch_of(uint64_t ticket) {
    return ticket >> CHUNK_BITS;
}

// On success all of *j is true, and *index is the chunk, in ascending order over the claims.
static bool claim(pool *p, const job *j, size_t *index) {
    uint64_t ticket = atomic_load(&p->ticket);
    while (epoch_of(ticket) == j->epoch && (ticket & CHUNKS_MAX) > 0) {
        if (atomic_compare_exchange_weak(&p->ticket, &ticket, ticket - 1)) {
            *index = j->chunks - (size_t)(ticket & CHUNKS_MAX);
            return true;
        }
    }
    return false;
}

static void wake_caller(pool *p) {
    os_mutex_lock(&p->sleep_lock);
    os_cond_signal(&p->finished);
    os_mutex_unlock(&p->sleep_lock);
}

// Claims and runs chunks until none is left, then counts them. The count is added once, at the end:
// until then the run cannot be over, because these chunks are missing. True if this thread was the
// one that completed the run.
static bool work_on(pool *p, const job *j, size_t worker_index) {
    size_t finished = 0;
    size_t index;
    frame here = {.p = p, .worker = worker_index, .outer = current_frame};
    current_frame = &here;
    while (claim(p, j, &index)) {
        const size_t begin = index * j->chunk;
        const size_t end = begin + size_min(j->chunk, j->tasks - begin);
        for (size_t task = begin; task < end; task++) j->fn(j->ctx, task, worker_index);
        finished++;
    }
    current_frame = here.outer;
    return finished > 0 && atomic_fetch_add(&p->done, finished) + finished == j->chunks;
}

static bool new_epoch(const pool *p, uint64_t seen) {
    return epoch_of(atomic_load_explicit(&p->ticket, memory_order_acquire)) != seen;
}

static bool all_done(const pool *p, uint64_t chunks) {
    return atomic_load_explicit(&p->done, memory_order_acquire) == chunks;
}

// Spins until reached(p, value) or for spin_ns; says which.
static bool spin(const pool *p, bool (*reached)(const pool *, uint64_t), uint64_t value) {
    const uint64_t limit = atomic_load_explicit(&p->spin_ns, memory_order_relaxed);
    const uint64_t start = os_clock_ns();
    do {
        for (int i = 0; i < SPIN_BATCH; i++) {
            if (reached(p, value)) return true;
            os_cpu_relax();
        }
    } while (os_clock_ns() - start < limit);
    return false;
}

// Spinning workers must leave a processor to each thread that works, the caller at least.
static bool spin_for_epoch(pool *p, uint64_t seen) {
    const size_t awake = atomic_load_explicit(&p->awake, memory_order_relaxed);
    if (p->threads <= awake) return spin(p, new_epoch, seen);
    const bool allowed = atomic_fetch_add(&p->spinners, 1) + 1 < awake;
    const bool found = allowed && spin(p, new_epoch, seen);
    atomic_fetch_sub(&p->spinners, 1);
    return found;
}

// Returns when the epoch is no longer `seen`.
static void wait_for_epoch(pool *p, uint64_t seen) {
    if (spin_for_epoch(p, seen)) return;
    os_mutex_lock(&p->sleep_lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (epoch_of(atomic_load(&p->ticket)) == seen) os_cond_wait(&p->work, &p->sleep_lock);
    atomic_fetch_sub(&p->sleepers, 1);
    os_mutex_unlock(&p->sleep_lock);
}

// The caller's end of a run.
static void wait_for_done(pool *p, size_t chunks) {
    if (spin(p, all_done, chunks)) return;
    os_mutex_lock(&p->sleep_lock);
    atomic_store(&p->caller_sleeps, true);
    while (atomic_load(&p->done) != chunks) os_cond_wait(&p->finished, &p->sleep_lock);
    atomic_store(&p->caller_sleeps, false);
    os_mutex_unlock(&p->sleep_lock);
}

static void worker_main(void *argument) {
    const worker *w = argument;
    pool *p = w->owner;
    job j = {0};
    for (;;) {
        wait_for_epoch(p, j.epoch);
        // In this order: the end is set before its epoch, so whoever sees that epoch sees the end.
        j.epoch = epoch_of(atomic_load(&p->ticket));
        if (atomic_load(&p->stop)) return;
        j.fn = atomic_load_explicit(&p->fn, memory_order_relaxed);
        j.ctx = atomic_load_explicit(&p->ctx, memory_order_relaxed);
        j.tasks = atomic_load_explicit(&p->tasks, memory_order_relaxed);
        j.chunk = atomic_load_explicit(&p->chunk, memory_order_relaxed);
        j.chunks = size_div_up(j.tasks, j.chunk);
        if (work_on(p, &j, w->index) && atomic_load(&p->caller_sleeps)) wake_caller(p);
    }
}

// Wakes as many sleepers as the run can use beyond the workers that are awake: those find the new
// epoch by themselves, also if they are just about to sleep.
static void wake_workers(pool *p, size_t chunks) {
    const size_t sleepers = atomic_load(&p->sleepers);
    if (sleepers == 0) return;
    const size_t awake = atomic_load_explicit(&p->awake, memory_order_relaxed);
    const size_t wanted = size_min(chunks, awake) - 1;
    const size_t present = p->started - sleepers;
    if (wanted <= present) return;
    const size_t count = size_min(wanted - present, sleepers);
    os_mutex_lock(&p->sleep_lock);
    for (size_t i = 0; i < count; i++) os_cond_signal(&p->work);
    os_mutex_unlock(&p->sleep_lock);
}

// Publishes the job as the next epoch; j->epoch becomes its number.
static void publish(pool *p, job *j) {
    atomic_store_explicit(&p->fn, j->fn, memory_order_relaxed);
    atomic_store_explicit(&p->ctx, j->ctx, memory_order_relaxed);
    atomic_store_explicit(&p->tasks, j->tasks, memory_order_relaxed);
    atomic_store_explicit(&p->chunk, j->chunk, memory_order_relaxed);
    atomic_store_explicit(&p->done, 0, memory_order_relaxed);
    const uint64_t last = atomic_load_explicit(&p->ticket, memory_order_relaxed);
    const uint64_t ticket = (epoch_of(last) + 1) << CHUNK_BITS;
    j->epoch = epoch_of(ticket);
    atomic_store(&p->ticket, ticket | j->chunks);
}

static void run_inline(size_t tasks, pool_task *fn, void *ctx, size_t worker_index) {
    for (size_t task = 0; task < tasks; task++) fn(ctx, task, worker_index);
}

static void run_shared(pool *p, size_t tasks, pool_task *fn, void *ctx) {
    job j = {.fn = fn, .ctx = ctx, .tasks = tasks};
    j.chunk = size_div_up(tasks, (size_t)CHUNKS_MAX);
    j.chunks = size_div_up(tasks, j.chunk);
    publish(p, &j);
    wake_workers(p, j.chunks);
    if (!work_on(p, &j, 0)) wait_for_done(p, j.chunks);
}

void pool_run(pool *p, size_t tasks, pool_task *fn, void *ctx) {
    if (p == NULL) {
        run_inline(tasks, fn, ctx, 0);
        return;
    }
    for (const frame *f = current_frame; f != NULL; f = f->outer) {
        if (f->p != p) continue;
        run_inline(tasks, fn, ctx, f->worker);
        return;
    }
    os_mutex_lock(&p->run_lock);
    if (tasks > 1 && p->threads > 1) {
        run_shared(p, tasks, fn, ctx);
    } else {
        frame here = {.p = p, .worker = 0, .outer = current_frame};
        current_frame = &here;
        run_inline(tasks, fn, ctx, 0);
        current_frame = here.outer;
    }
    os_mutex_unlock(&p->run_lock);
}

size_t pool_threads(const pool *p) {
    return p == NULL ? 1 : p->threads;
}

void pool_tune(pool *p, uint64_t spin_ns, size_t awake) {
    if (p == NULL) return;
    atomic_store(&p->spin_ns, spin_ns);
    atomic_store(&p->awake, size_max(1, size_min(awake, p->threads)));
}

static axl_status make_locks(pool *p, axl_error *err) {
    axl_status status = os_mutex_init(&p->run_lock, err);
    if (status != AXL_OK) return status;
    status = os_mutex_init(&p->sleep_lock, err);
    if (status != AXL_OK) goto no_sleep_lock;
    status = os_cond_init(&p->work, err);
    if (status != AXL_OK) goto no_work;
    status = os_cond_init(&p->finished, err);
    if (status == AXL_OK) return AXL_OK;
    os_cond_free(&p->work);
no_work:
    os_mutex_free(&p->sleep_lock);
no_sleep_lock:
    os_mutex_free(&p->run_lock);
    return status;
}

static axl_status start_workers(pool *p, axl_error *err) {
    if (p->threads == 1) return AXL_OK;
    p->workers = mem_zalloc_array(p->threads - 1, sizeof *p->workers);
    if (p->workers == NULL) {
        return error_no_memory(err, "the thread pool", (p->threads - 1) * sizeof *p->workers);
    }
    for (; p->started < p->threads - 1; p->started++) {
        worker *w = &p->workers[p->started];
        w->owner = p;
        w->index = p->started + 1;
        const axl_status status = os_thread_start(&w->thread, worker_main, w, err);
        if (status != AXL_OK) {
            return error_context(err, status, "thread %zu of %zu", w->index, p->threads);
        }
    }
    return AXL_OK;
}

axl_status pool_create(pool **out, size_t threads, axl_error *err) {
    *out = NULL;
    RETURN_IF(threads > POOL_THREADS_MAX, err, AXL_BAD_ARGUMENT, "%zu threads, at most %zu",
              threads, POOL_THREADS_MAX);
    const size_t cpus = size_min(os_cpu_count(), POOL_THREADS_MAX);
    pool *p = mem_alloc_aligned(sizeof *p, LINE);
    if (p == NULL) return error_no_memory(err, "the thread pool", sizeof *p);
    memset(p, 0, sizeof *p);
    p->threads = threads == 0 ? cpus : threads;
    atomic_init(&p->spin_ns, SPIN_NS);
    atomic_init(&p->awake, size_min(p->threads, cpus));
    atomic_init(&p->chunk, 1);
    axl_status status = make_locks(p, err);
    if (status != AXL_OK) {
        mem_free_aligned(p);
        return status;
    }
    status = start_workers(p, err);
    if (status != AXL_OK) {
        pool_free(p);
        return status;
    }
    *out = p;
    return AXL_OK;
}

void pool_free(pool *p) {
    if (p == NULL) return;
    // The end is published like a run, so that sleeping and spinning workers see it the same way.
    atomic_store(&p->stop, true);
    job end = {.chunk = 1};
    publish(p, &end);
    os_mutex_lock(&p->sleep_lock);
    os_cond_broadcast(&p->work);
    os_mutex_unlock(&p->sleep_lock);
    for (size_t i = 0; i < p->started; i++) os_thread_join(&p->workers[i].thread);
    os_cond_free(&p->finished);
    os_cond_free(&p->work);
    os_mutex_free(&p->sleep_lock);
    os_mutex_free(&p->run_lock);
    mem_free(p->workers);
    mem_free_aligned(p);
}
