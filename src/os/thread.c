#include "os/system.h"

#include "os/thread.h"

#include "os/cgroup.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

// Some systems give threads 128 KiB; tiles on the stack want more.
#define STACK_MIN ((size_t)2 << 20)

static void *run_main(void *argument) {
    os_thread *thread = argument;
    thread->main(thread->ctx);
    return NULL;
}

// A new thread inherits the signal mask, so the mask is set around its creation. Faults of the
// thread itself and the profiler's ticks stay open.
static void block_signals(sigset_t *before) {
    static const int open[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) sigdelset(&all, open[i]);
    (void)pthread_sigmask(SIG_SETMASK, &all, before);
}

static int create(os_thread *thread) {
    const int injected = os_fault_check(OS_CALL_THREAD);
    if (injected != 0) return injected;
    pthread_attr_t attributes;
    int result = pthread_attr_init(&attributes);
    if (result != 0) return result;
    size_t stack = 0;
    if (pthread_attr_getstacksize(&attributes, &stack) == 0 && stack < STACK_MIN) {
        (void)pthread_attr_setstacksize(&attributes, STACK_MIN);
    }
    sigset_t before;
    block_signals(&before);
    result = pthread_create(&thread->native, &attributes, run_main, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return result;
}

axl_status os_thread_start(os_thread *thread, os_thread_main *main, void *ctx, axl_error *err) {
    thread->main = main;
    thread->ctx = ctx;
    const int result = create(thread);
    return result == 0 ? AXL_OK : os_error(err, result, "cannot start", "a thread");
}

void os_thread_join(os_thread *thread) {
    (void)pthread_join(thread->native, NULL);
}

axl_status os_mutex_init(os_mutex *mutex, axl_error *err) {
    int result = os_fault_check(OS_CALL_MUTEX);
    if (result == 0) result = pthread_mutex_init(&mutex->native, NULL);
    return result == 0 ? AXL_OK : os_error(err, result, "cannot create", "a mutex");
}

void os_mutex_free(os_mutex *mutex) {
    (void)pthread_mutex_destroy(&mutex->native);
}

// Lock and wait fail only for a mutex that was never made or is misused, which the types prevent.
void os_mutex_lock(os_mutex *mutex) {
    (void)pthread_mutex_lock(&mutex->native);
}

void os_mutex_unlock(os_mutex *mutex) {
    (void)pthread_mutex_unlock(&mutex->native);
}

// Its times are those of a clock that nobody sets.
static int make_cond(os_cond *cond) {
    pthread_condattr_t attributes;
    int result = pthread_condattr_init(&attributes);
    if (result != 0) return result;
    result = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (result == 0) result = pthread_cond_init(&cond->native, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return result;
}

axl_status os_cond_init(os_cond *cond, axl_error *err) {
    int result = os_fault_check(OS_CALL_COND);
    if (result == 0) result = make_cond(cond);
    return result == 0 ? AXL_OK : os_error(err, result, "cannot create", "a condition variable");
}

void os_cond_free(os_cond *cond) {
    (void)pthread_cond_destroy(&cond->native);
}

void os_cond_wait(os_cond *cond, os_mutex *mutex) {
    (void)pthread_cond_wait(&cond->native, &mutex->native);
}

bool os_cond_wait_for(os_cond *cond, os_mutex *mutex, uint64_t ns) {
    const uint64_t second = 1000 * 1000 * 1000;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    ns += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(ns / second);
    until.tv_nsec = (long)(ns % second);
    return pthread_cond_timedwait(&cond->native, &mutex->native, &until) != ETIMEDOUT;
}

void os_cond_signal(os_cond *cond) {
    (void)pthread_cond_signal(&cond->native);
}

void os_cond_broadcast(os_cond *cond) {
    (void)pthread_cond_broadcast(&cond->native);
}

#if defined(__linux__)
// Processors in the affinity mask, 0 if unknown. The kernel refuses a mask that is shorter than its
// own; this one has room for 32768 processors.
static size_t affinity_count(void) {
    cpu_set_t sets[4096 / sizeof(cpu_set_t)];
    if (sched_getaffinity(0, sizeof sets, sets) != 0) return 0;
    return (size_t)CPU_COUNT_S(sizeof sets, sets);
}
#else
static size_t affinity_count(void) {
    return 0;
}
#endif

size_t os_cpu_count(void) {
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = affinity_count();
    if (count == 0) count = online > 0 ? (size_t)online : 1;
    const size_t quota = os_cgroup_cpus("");
    return quota < count ? quota : count;
}

void os_yield(void) {
    (void)sched_yield();
}
