#if defined(__linux__)
#define _GNU_SOURCE 1
#include <sched.h>
#endif

#include "os/clock.h"
#include "os/fault_plan.h"
#include "os/thread.h"
#include "support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define STEPS 20000

typedef struct shared {
    os_mutex lock;
    os_cond changed;
    size_t value;
    bool waiting;
} shared;

static void shared_make(shared *s) {
    memset(s, 0, sizeof *s);
    assert_int_equal(os_mutex_init(&s->lock, NULL), AXL_OK);
    assert_int_equal(os_cond_init(&s->changed, NULL), AXL_OK);
}

static void shared_free(shared *s) {
    os_cond_free(&s->changed);
    os_mutex_free(&s->lock);
}

static void count_up(void *ctx) {
    shared *s = ctx;
    for (int i = 0; i < STEPS; i++) {
        os_mutex_lock(&s->lock);
        s->value++;
        os_mutex_unlock(&s->lock);
    }
}

static void mutex_excludes(void **state) {
    (void)state;
    shared s;
    os_thread threads[THREADS];
    shared_make(&s);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(os_thread_start(&threads[i], count_up, &s, NULL), AXL_OK);
    }
    for (int i = 0; i < THREADS; i++) os_thread_join(&threads[i]);
    assert_int_equal(s.value, THREADS * STEPS);
    shared_free(&s);
}

// Makes even values odd.
static void answer_evens(void *ctx) {
    shared *s = ctx;
    os_mutex_lock(&s->lock);
    while (s->value < 1000) {
        while (s->value % 2 == 1) os_cond_wait(&s->changed, &s->lock);
        s->value++;
        os_cond_signal(&s->changed);
    }
    os_mutex_unlock(&s->lock);
}

static void cond_hands_over(void **state) {
    (void)state;
    shared s;
    os_thread thread;
    shared_make(&s);
    assert_int_equal(os_thread_start(&thread, answer_evens, &s, NULL), AXL_OK);
    os_mutex_lock(&s.lock);
    while (s.value < 1000) {
        while (s.value % 2 == 0) os_cond_wait(&s.changed, &s.lock);
        s.value++;
        os_cond_signal(&s.changed);
    }
    os_mutex_unlock(&s.lock);
    os_thread_join(&thread);
    assert_int_equal(s.value, 1001);
    shared_free(&s);
}

static void wait_for_start(void *ctx) {
    shared *s = ctx;
    os_mutex_lock(&s->lock);
    while (!s->waiting) os_cond_wait(&s->changed, &s->lock);
    s->value++;
    os_mutex_unlock(&s->lock);
}

static void broadcast_wakes_all(void **state) {
    (void)state;
    shared s;
    os_thread threads[THREADS];
    shared_make(&s);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(os_thread_start(&threads[i], wait_for_start, &s, NULL), AXL_OK);
    }
    os_sleep_ns(2000000);
    os_mutex_lock(&s.lock);
    s.waiting = true;
    os_cond_broadcast(&s.changed);
    os_mutex_unlock(&s.lock);
    for (int i = 0; i < THREADS; i++) os_thread_join(&threads[i]);
    assert_int_equal(s.value, THREADS);
    shared_free(&s);
}

static void tell(void *ctx) {
    shared *s = ctx;
    os_mutex_lock(&s->lock);
    s->value++;
    os_cond_signal(&s->changed);
    os_mutex_unlock(&s->lock);
}

// Whether somebody comes or not, the wait ends.
static void waiting_has_an_end(void **state) {
    (void)state;
    shared s;
    os_thread thread;
    shared_make(&s);
    s.waiting = true;
    os_mutex_lock(&s.lock);
    const uint64_t start = os_clock_ns();
    while (os_cond_wait_for(&s.changed, &s.lock, 3000000)) continue;
    assert_true(os_clock_ns() - start >= 3000000);
    assert_int_equal(os_thread_start(&thread, tell, &s, NULL), AXL_OK);
    while (s.value == 0) assert_true(os_cond_wait_for(&s.changed, &s.lock, UINT32_MAX * 30ull));
    os_mutex_unlock(&s.lock);
    os_thread_join(&thread);
    shared_free(&s);
}

static void read_mask(void *ctx) {
    pthread_sigmask(SIG_SETMASK, NULL, ctx);
}

static void threads_leave_signals_to_the_program(void **state) {
    (void)state;
    sigset_t before;
    sigset_t inside;
    sigset_t after;
    os_thread thread;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(os_thread_start(&thread, read_mask, &inside, NULL), AXL_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    os_thread_join(&thread);
    const int process[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < COUNT_OF(process); i++) {
        assert_true(sigismember(&inside, process[i]));
        assert_int_equal(sigismember(&before, process[i]), sigismember(&after, process[i]));
    }
    assert_false(sigismember(&inside, SIGSEGV));
    assert_false(sigismember(&inside, SIGPROF));
}

static void use_stack(void *ctx) {
    volatile char big[1 << 20];
    for (size_t i = 0; i < sizeof big; i += 4096) big[i] = 1;
    *(bool *)ctx = big[0] == 1;
}

static void stack_holds_a_mebibyte(void **state) {
    (void)state;
    os_thread thread;
    bool ok = false;
    assert_int_equal(os_thread_start(&thread, use_stack, &ok, NULL), AXL_OK);
    os_thread_join(&thread);
    assert_true(ok);
}

static void failures_are_reported(void **state) {
    (void)state;
    fault_plan plan;
    axl_error err;
    os_thread thread;
    os_mutex mutex;
    os_cond cond;
    fault_plan_set(&plan, OS_CALL_THREAD, 1, false, EAGAIN);
    assert_int_equal(os_thread_start(&thread, read_mask, NULL, &err), AXL_BUSY);
    assert_non_null(strstr(err.text, "cannot start a thread: "));
    fault_plan_set(&plan, OS_CALL_MUTEX, 1, false, ENOMEM);
    assert_int_equal(os_mutex_init(&mutex, &err), AXL_NO_MEMORY);
    fault_plan_set(&plan, OS_CALL_COND, 1, false, ENOMEM);
    assert_int_equal(os_cond_init(&cond, &err), AXL_NO_MEMORY);
    fault_plan_clear();
}

#if defined(__linux__)
static void cpu_count_respects_affinity(void **state) {
    (void)state;
    const size_t all = os_cpu_count();
    assert_true(all >= 1 && all <= (size_t)sysconf(_SC_NPROCESSORS_CONF));
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cpu_set_t set;
        sched_getaffinity(0, sizeof set, &set);
        size_t first = 0;
        while (!CPU_ISSET(first, &set)) first++;
        CPU_ZERO(&set);
        CPU_SET(first, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) _exit(2);
        _exit(os_cpu_count() == 1 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}
#else
static void cpu_count_respects_affinity(void **state) {
    (void)state;
    assert_true(os_cpu_count() >= 1);
}
#endif

static void spinning_helpers_return(void **state) {
    (void)state;
    os_cpu_relax();
    os_yield();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_count_respects_affinity),
        cmocka_unit_test(mutex_excludes),
        cmocka_unit_test(cond_hands_over),
        cmocka_unit_test(broadcast_wakes_all),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(threads_leave_signals_to_the_program),
        cmocka_unit_test(stack_holds_a_mebibyte),
        cmocka_unit_test(failures_are_reported),
        cmocka_unit_test(spinning_helpers_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
