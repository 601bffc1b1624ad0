#include "os/clock.h"
#include "support/unit.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static void clock_goes_forward(void **state) {
    (void)state;
    uint64_t last = os_clock_ns();
    assert_true(last > 0);
    for (int i = 0; i < 10000; i++) {
        const uint64_t now = os_clock_ns();
        assert_true(now >= last);
        last = now;
    }
}

static void wall_clock_is_the_calendar(void **state) {
    (void)state;
    const uint64_t before = (uint64_t)time(NULL);
    const uint64_t now = os_wall_ns() / 1000000000;
    // time() may lag behind by a tick.
    assert_true(now >= before && now <= (uint64_t)time(NULL) + 1);
}

static void ignore(int number) {
    (void)number;
}

static void sleep_survives_signals(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = ignore};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {.it_value.tv_usec = 3000, .it_interval.tv_usec = 3000};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
    const uint64_t start = os_clock_ns();
    os_sleep_ns(25000000);
    const uint64_t slept = os_clock_ns() - start;
    timer = (struct itimerval){0};
    setitimer(ITIMER_REAL, &timer, NULL);
    assert_true(slept >= 25000000);
    os_sleep_ns(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_goes_forward),
        cmocka_unit_test(wall_clock_is_the_calendar),
        cmocka_unit_test(sleep_survives_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
