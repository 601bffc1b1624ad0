// Threads, locks and the processor count. The structs are complete so that owners can embed them;
// their fields are private.
#ifndef OS_THREAD_H
#define OS_THREAD_H

#include <axl/status.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void os_thread_main(void *ctx);

typedef struct os_thread {
    pthread_t native;
    os_thread_main *main;
    void *ctx;
} os_thread;

typedef struct os_mutex {
    pthread_mutex_t native;
} os_mutex;

typedef struct os_cond {
    pthread_cond_t native;
} os_cond;

// Starts main(ctx). *thread must stay where it is until os_thread_join. Signals meant for the
// process are never delivered to these threads: the program's own threads keep handling them.
axl_status os_thread_start(os_thread *thread, os_thread_main *main, void *ctx, axl_error *err);
void os_thread_join(os_thread *thread);

axl_status os_mutex_init(os_mutex *mutex, axl_error *err);
void os_mutex_free(os_mutex *mutex);
void os_mutex_lock(os_mutex *mutex);
void os_mutex_unlock(os_mutex *mutex);

// Waking needs no lock held, but what the waiter tests must change under the lock (or be re-tested
// there by the waiter).
axl_status os_cond_init(os_cond *cond, axl_error *err);
void os_cond_free(os_cond *cond);
void os_cond_wait(os_cond *cond, os_mutex *mutex);
// Waits no longer than so many nanoseconds; false: they have passed.
bool os_cond_wait_for(os_cond *cond, os_mutex *mutex, uint64_t ns);
void os_cond_signal(os_cond *cond);
void os_cond_broadcast(os_cond *cond);

// Processors this process may really use: the smallest of those online, the affinity mask and the
// cgroup CPU quota (rounded up). At least 1. Reads files: ask once and keep the answer.
size_t os_cpu_count(void);

// One step of a spin loop: tells the core that we are waiting.
static inline void os_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield" ::: "memory");
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

// Gives the rest of the time slice to another thread.
void os_yield(void);

#endif
