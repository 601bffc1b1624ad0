// The pool runs each task once, by one worker at a time, in every state that its threads can be in.
#include "os/clock.h"
#include "os/thread.h"
#include "parallel/pool.h"
#include "support/unit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define TASKS_MAX 67
#define MAGIC UINT64_C(0x5AFE5AFE5AFE5AFE)

static const size_t thread_counts[] = {1, 2, 3, 4, 8};

static pool *make_pool(size_t threads) {
    pool *p = NULL;
    assert_int_equal(pool_create(&p, threads, NULL), AXL_OK);
    assert_int_equal(pool_threads(p), threads);
    return p;
}

// One run. The counts are plain: only the pool orders the accesses to them, and ThreadSanitizer
// watches. It lives on the stack and is spoilt after the run, so that a thread which comes late and
// touches it is seen.
typedef struct run {
    uint64_t magic;
    size_t tasks;
    size_t threads;
    atomic_bool *busy; // by worker
    atomic_size_t bad;
    unsigned counts[TASKS_MAX]; // by task
} run;

static void count_task(void *ctx, size_t task, size_t worker) {
    run *r = ctx;
    if (r->magic != MAGIC || task >= r->tasks || worker >= r->threads ||
        atomic_exchange(&r->busy[worker], true)) {
        atomic_fetch_add(&r->bad, 1);
        return;
    }
    r->counts[task]++;
    atomic_store(&r->busy[worker], false);
}

static void run_and_check(pool *p, size_t tasks) {
    atomic_bool busy[8];
    for (size_t i = 0; i < COUNT_OF(busy); i++) atomic_init(&busy[i], false);
    run r = {.magic = MAGIC, .tasks = tasks, .threads = pool_threads(p), .busy = busy};
    pool_run(p, tasks, count_task, &r);
    if (atomic_load(&r.bad) != 0) fail_msg("%zu of %zu tasks went wrong", r.bad, tasks);
    for (size_t i = 0; i < tasks; i++) {
        if (r.counts[i] != 1) fail_msg("task %zu of %zu ran %u times", i, tasks, r.counts[i]);
    }
    r.magic = 0;
}

// 100,000 runs in all: threads that spin, threads that fall asleep between runs, more threads awake
// than there are processors, and all mixed.
static void each_task_runs_once(void **state) {
    (void)state;
    const struct {
        size_t runs;
        uint64_t spin_ns;
        bool all_awake;
    } modes[] = {{16000, 40000, false}, {2000, 40000, true}, {1000, 0, true}, {1000, 0, false}};
    size_t runs = 0;
    for (size_t t = 0; t < COUNT_OF(thread_counts); t++) {
        pool *p = make_pool(thread_counts[t]);
        for (size_t m = 0; m < COUNT_OF(modes); m++) {
            if (m > 0) pool_tune(p, modes[m].spin_ns, modes[m].all_awake ? 8 : 2);
            for (size_t i = 0; i < modes[m].runs; i++) run_and_check(p, i * 7 % (TASKS_MAX + 1));
            runs += modes[m].runs;
        }
        pool_free(p);
    }
    assert_int_equal(runs, 100000);
}

// Pauses of about the spinning time put the workers everywhere between awake and asleep.
static void runs_meet_workers_that_fall_asleep(void **state) {
    (void)state;
    const uint64_t pauses[] = {0, 5000, 20000, 39000, 40000, 41000, 45000, 60000, 100000};
    for (size_t t = 1; t < COUNT_OF(thread_counts); t++) {
        pool *p = make_pool(thread_counts[t]);
        for (size_t i = 0; i < 1500; i++) {
            const uint64_t end = os_clock_ns() + pauses[i % COUNT_OF(pauses)];
            while (os_clock_ns() < end) os_cpu_relax();
            run_and_check(p, 2 + i % 9);
        }
        pool_free(p);
    }
}

// The first task to arrive at a thread that is not the caller takes long: the caller has to sleep
// and must be woken.
static void slow_task(void *ctx, size_t task, size_t worker) {
    (void)task;
    if (worker != 0) os_sleep_ns(1000000);
    count_task(ctx, task, worker);
}

static void the_caller_sleeps_and_wakes(void **state) {
    (void)state;
    for (size_t t = 1; t < COUNT_OF(thread_counts); t++) {
        pool *p = make_pool(thread_counts[t]);
        pool_tune(p, 1000, 8);
        for (size_t i = 0; i < 50; i++) {
            atomic_bool busy[8];
            for (size_t k = 0; k < COUNT_OF(busy); k++) atomic_init(&busy[k], false);
            run r = {.magic = MAGIC, .tasks = 60, .threads = thread_counts[t], .busy = busy};
            pool_run(p, r.tasks, slow_task, &r);
            assert_int_equal(atomic_load(&r.bad), 0);
            for (size_t k = 0; k < r.tasks; k++) assert_int_equal(r.counts[k], 1);
        }
        pool_free(p);
    }
}

typedef struct sums {
    size_t sum[8]; // by worker; plain
    pool *p;
} sums;

static void add_task(void *ctx, size_t task, size_t worker) {
    ((sums *)ctx)->sum[worker] += task;
}

// More tasks than the counter has numbers: they are claimed in chunks.
static void very_many_tasks(void **state) {
    (void)state;
    const size_t tasks = ((size_t)1 << 24) + 4;
    pool *p = make_pool(2);
    sums s = {.p = p};
    pool_run(p, tasks, add_task, &s);
    assert_int_equal(s.sum[0] + s.sum[1], tasks * (tasks - 1) / 2);
    pool_free(p);
}

typedef struct nest {
    pool *p;
    atomic_size_t inner;
    atomic_size_t bad;
} nest;

typedef struct nest_inner {
    nest *outer;
    size_t worker;
    size_t next;
} nest_inner;

// Inline: in order, on the worker that called.
static void inner_task(void *ctx, size_t task, size_t worker) {
    nest_inner *in = ctx;
    if (worker != in->worker || task != in->next++) atomic_fetch_add(&in->outer->bad, 1);
    atomic_fetch_add(&in->outer->inner, 1);
}

static void outer_task(void *ctx, size_t task, size_t worker) {
    nest *n = ctx;
    nest_inner in = {.outer = n, .worker = worker};
    pool_run(n->p, task % 5, inner_task, &in);
}

static void nested_runs_are_inline(void **state) {
    (void)state;
    for (size_t t = 0; t < COUNT_OF(thread_counts); t++) {
        pool *p = make_pool(thread_counts[t]);
        for (size_t tasks = 0; tasks < 400; tasks++) {
            nest n = {.p = p};
            pool_run(p, tasks % 41, outer_task, &n);
            size_t expected = 0;
            for (size_t i = 0; i < tasks % 41; i++) expected += i % 5;
            assert_int_equal(atomic_load(&n.inner), expected);
            assert_int_equal(atomic_load(&n.bad), 0);
        }
        run_and_check(p, 9);
        pool_free(p);
    }
}

// Another pool from inside a task, and back again on the way: the frames are searched to the end.
typedef struct two_pools {
    pool *first;
    pool *second;
    atomic_size_t count;
} two_pools;

static void third_level(void *ctx, size_t task, size_t worker) {
    (void)task;
    (void)worker;
    atomic_fetch_add(&((two_pools *)ctx)->count, 1);
}

static void second_level(void *ctx, size_t task, size_t worker) {
    (void)task;
    // Only worker 0 is inside a task of the first pool.
    if (worker == 0) pool_run(((two_pools *)ctx)->first, 3, third_level, ctx);
}

static void first_level(void *ctx, size_t task, size_t worker) {
    (void)task;
    (void)worker;
    pool_run(((two_pools *)ctx)->second, 1, second_level, ctx);
}

static void pools_can_be_stacked(void **state) {
    (void)state;
    two_pools both = {.first = make_pool(3), .second = make_pool(2)};
    for (size_t i = 0; i < 200; i++) pool_run(both.first, 4, first_level, &both);
    assert_int_equal(atomic_load(&both.count), 200 * 4 * 3);
    pool_free(both.first);
    pool_free(both.second);
}

typedef struct caller {
    os_thread thread;
    pool *p;
    size_t total;
} caller;

static void call_often(void *ctx) {
    caller *c = ctx;
    for (size_t i = 0; i < 1000; i++) {
        sums s = {.p = c->p};
        pool_run(c->p, 10, add_task, &s);
        for (size_t k = 0; k < COUNT_OF(s.sum); k++) c->total += s.sum[k];
    }
}

static void callers_take_turns(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 4; threads++) {
        pool *p = make_pool(threads);
        caller callers[3];
        for (size_t i = 0; i < COUNT_OF(callers); i++) {
            callers[i] = (caller){.p = p};
            assert_int_equal(os_thread_start(&callers[i].thread, call_often, &callers[i], NULL),
                             AXL_OK);
        }
        for (size_t i = 0; i < COUNT_OF(callers); i++) {
            os_thread_join(&callers[i].thread);
            assert_int_equal(callers[i].total, 1000 * 45);
        }
        pool_free(p);
    }
}

static void no_pool_means_inline(void **state) {
    (void)state;
    sums s = {.p = NULL};
    pool_run(NULL, 10, add_task, &s);
    assert_int_equal(s.sum[0], 45);
    assert_int_equal(pool_threads(NULL), 1);
    pool_tune(NULL, 0, 1);
    pool_free(NULL);
    pool *p = make_pool(2);
    pool_run(p, 0, add_task, NULL);
    pool_free(p);
}

static void zero_threads_means_all_processors(void **state) {
    (void)state;
    pool *p = NULL;
    assert_int_equal(pool_create(&p, 0, NULL), AXL_OK);
    assert_int_equal(pool_threads(p), os_cpu_count());
    run_and_check(p, 5);
    pool_free(p);
}

// Spinning, asleep, never run, just run.
static void pools_end_in_any_state(void **state) {
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        pool *p = make_pool(thread_counts[i % COUNT_OF(thread_counts)]);
        if (i % 3 != 0) run_and_check(p, i % 20);
        if (i % 30 == 0) os_sleep_ns(2000000);
        pool_free(p);
    }
}

static uint64_t process_time_ns(void) {
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void idle_pools_use_no_processor(void **state) {
    (void)state;
    pool *p = make_pool(8);
    run_and_check(p, 60);
    os_sleep_ns(20000000);
    const uint64_t before = process_time_ns();
    os_sleep_ns(150000000);
    const uint64_t used = process_time_ns() - before;
    // One spinning thread would use 150 ms.
    if (used > 15000000) fail_msg("an idle pool used %llu ns", (unsigned long long)used);
    pool_free(p);
}

// Both workers must take part when each task needs the other one to have started.
static void meet(void *ctx, size_t task, size_t worker) {
    (void)task;
    (void)worker;
    atomic_size_t *arrived = ctx;
    atomic_fetch_add(arrived, 1);
    const uint64_t deadline = os_clock_ns() + UINT64_C(20000000000);
    while (atomic_load(arrived) < 2 && os_clock_ns() < deadline) os_yield();
}

static void tasks_run_at_the_same_time(void **state) {
    (void)state;
    pool *p = make_pool(2);
    for (size_t i = 0; i < 200; i++) {
        pool_tune(p, i % 2 == 0 ? 40000 : 0, 2);
        atomic_size_t arrived = 0;
        pool_run(p, 2, meet, &arrived);
        assert_int_equal(atomic_load(&arrived), 2);
        if (i % 50 == 0) os_sleep_ns(1000000);
    }
    pool_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_runs_once),
        cmocka_unit_test(runs_meet_workers_that_fall_asleep),
        cmocka_unit_test(the_caller_sleeps_and_wakes),
        cmocka_unit_test(very_many_tasks),
        cmocka_unit_test(nested_runs_are_inline),
        cmocka_unit_test(pools_can_be_stacked),
        cmocka_unit_test(callers_take_turns),
        cmocka_unit_test(no_pool_means_inline),
        cmocka_unit_test(zero_threads_means_all_processors),
        cmocka_unit_test(pools_end_in_any_state),
        cmocka_unit_test(idle_pools_use_no_processor),
        cmocka_unit_test(tasks_run_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
