// Each step of making a pool fails: an error, no pool, no thread and no memory left.
#include "os/fault_plan.h"
#include "parallel/pool.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void each_thread_may_fail_to_start(void **state) {
    (void)state;
    failing_alloc_install();
    for (size_t n = 1; n <= 7; n++) {
        fault_plan plan;
        axl_error err;
        pool *p = (pool *)&err; // must be cleared
        fault_plan_set(&plan, OS_CALL_THREAD, n, false, EAGAIN);
        assert_int_equal(pool_create(&p, 8, &err), AXL_BUSY);
        fault_plan_clear();
        assert_null(p);
        assert_int_equal(plan.seen[OS_CALL_THREAD], n);
        char text[32];
        snprintf(text, sizeof text, "thread %zu of 8", n);
        assert_non_null(strstr(err.text, text));
        assert_int_equal(failing_alloc_live_blocks(), 0);
    }
    failing_alloc_remove();
}

static void each_lock_may_fail(void **state) {
    (void)state;
    const os_call kinds[] = {OS_CALL_MUTEX, OS_CALL_COND};
    failing_alloc_install();
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t n = 1; n <= 2; n++) {
            fault_plan plan;
            axl_error err;
            pool *p = (pool *)&err;
            fault_plan_set(&plan, kinds[i], n, false, ENOMEM);
            assert_int_equal(pool_create(&p, 2, &err), AXL_NO_MEMORY);
            fault_plan_clear();
            assert_null(p);
            assert_int_equal(plan.seen[OS_CALL_THREAD], 0);
            assert_int_equal(failing_alloc_live_blocks(), 0);
        }
    }
    failing_alloc_remove();
}

static axl_status create_and_free(void *ctx, axl_error *err) {
    pool *p = NULL;
    const axl_status status = pool_create(&p, *(const size_t *)ctx, err);
    assert_true((status == AXL_OK) == (p != NULL));
    pool_free(p);
    return status;
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    size_t threads = 3;
    assert_int_equal(for_each_failing_alloc(create_and_free, &threads), 2);
    threads = 1;
    assert_int_equal(for_each_failing_alloc(create_and_free, &threads), 1);
}

static void nothing(void *ctx, size_t task, size_t worker) {
    (void)ctx;
    (void)task;
    (void)worker;
}

static void running_allocates_nothing(void **state) {
    (void)state;
    failing_alloc_install();
    pool *p = NULL;
    assert_int_equal(pool_create(&p, 2, NULL), AXL_OK);
    const size_t before = failing_alloc_calls();
    for (size_t i = 0; i < 100; i++) pool_run(p, i, nothing, NULL);
    assert_int_equal(failing_alloc_calls(), before);
    pool_free(p);
    failing_alloc_remove();
}

static void too_many_threads_are_refused(void **state) {
    (void)state;
    axl_error err;
    pool *p = NULL;
    assert_int_equal(pool_create(&p, POOL_THREADS_MAX + 1, &err), AXL_BAD_ARGUMENT);
    assert_null(p);
    assert_non_null(strstr(err.text, "1025 threads"));
    assert_int_equal(pool_create(&p, SIZE_MAX, &err), AXL_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_may_fail_to_start),
        cmocka_unit_test(each_lock_may_fail),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(running_allocates_nothing),
        cmocka_unit_test(too_many_threads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
