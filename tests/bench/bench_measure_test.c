// Medians, means, blocks of calls, and the sizes of caches.
#include "bench/bench_caches.h"
#include "bench/bench_measure.h"
#include "os/clock.h"
#include "support/unit.h"

#include <math.h>

static void the_median_is_the_middle(void **state) {
    (void)state;
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2}, one[] = {7};
    assert_true(bench_median(odd, 3) == 3);
    assert_true(bench_median(even, 4) == 2.5);
    assert_true(bench_median(one, 1) == 7);
    assert_true(bench_median(NULL, 0) == 0);
    axl_bench_rate rate = bench_rate_of((double[]){9, 2, 4, 8, 6}, 5);
    assert_true(rate.median == 6 && rate.min == 2 && rate.max == 9);
}

static void the_mean_is_geometric(void **state) {
    (void)state;
    bench_mean mean = {0};
    assert_true(bench_mean_get(&mean) == 0);
    bench_mean_add(&mean, 2);
    bench_mean_add(&mean, 8);
    assert_true(fabs(bench_mean_get(&mean) - 4) < 1e-12);
    // What was not measured does not count.
    bench_mean_add(&mean, 0);
    bench_mean_add(&mean, NAN);
    assert_true(fabs(bench_mean_get(&mean) - 4) < 1e-12);
}

static void sleep_a_little(void *ctx) {
    (*(size_t *)ctx)++;
    os_sleep_ns(2000000);
}

static void a_block_is_long_enough(void **state) {
    (void)state;
    size_t calls = 0;
    double seconds = bench_block(sleep_a_little, &calls, 0);
    assert_int_equal(calls, 1);
    assert_true(seconds >= 0.002);
    calls = 0;
    seconds = bench_block(sleep_a_little, &calls, 0.02);
    assert_in_range(calls, 1, 10);
    assert_true(seconds * (double)calls >= 0.02 && seconds >= 0.002);
}

static void lists_of_processors_are_counted(void **state) {
    (void)state;
    assert_int_equal(bench_caches_sharers("0"), 1);
    assert_int_equal(bench_caches_sharers("0-3"), 4);
    assert_int_equal(bench_caches_sharers("0,8"), 2);
    assert_int_equal(bench_caches_sharers("0-1,64-65,9"), 5);
    assert_int_equal(bench_caches_sharers(""), 1);
    assert_int_equal(bench_caches_sharers("x"), 1);
    assert_int_equal(bench_caches_sharers("5-2"), 1);
    assert_int_equal(bench_caches_sharers("0-"), 1);
    assert_int_equal(bench_caches_sharers("0-99999999999"), 1);
}

static void caches_have_sizes(void **state) {
    (void)state;
    bench_caches caches = {0};
    assert_int_equal(bench_caches_read(&caches, NULL), AXL_OK);
    assert_in_range(caches.l2, 1 << 14, 1 << 28);
    assert_in_range(caches.l3, 1 << 18, SIZE_MAX / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_the_middle),
        cmocka_unit_test(the_mean_is_geometric),
        cmocka_unit_test(a_block_is_long_enough),
        cmocka_unit_test(lists_of_processors_are_counted),
        cmocka_unit_test(caches_have_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
