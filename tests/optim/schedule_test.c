// The learning rate over a run.
#include "optim/schedule.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static void near(double a, double b) {
    if (!(fabs(a - b) <= 1e-9)) fail_msg("%.12g is not %.12g", a, b);
}

static void test_shapes(void **state) {
    (void)state;
    const schedule linear = {.kind = SCHEDULE_LINEAR, .warmup = 0.1};
    near(schedule_share(&linear, 0), 0);
    near(schedule_share(&linear, 0.05), 0.5);
    near(schedule_share(&linear, 0.1), 1);
    near(schedule_share(&linear, 0.55), 0.5);
    near(schedule_share(&linear, 1), 0);
    const schedule cosine = {.kind = SCHEDULE_COSINE, .warmup = 0.2, .floor = 0.1};
    for (double x = 0; x <= 1; x += 1.0 / 64)
        near(schedule_share(&cosine, 0.2 + 0.8 * x), 0.1 + 0.9 * (1 + cos(acos(-1) * x)) / 2);
    const schedule flat = {.kind = SCHEDULE_TRAPEZOID, .warmup = 0.25, .cool = 0.25, .floor = 0.5};
    near(schedule_share(&flat, 0.125), 0.5);
    near(schedule_share(&flat, 0.5), 1);
    near(schedule_share(&flat, 0.75), 1);
    near(schedule_share(&flat, 0.875), 0.75);
    near(schedule_share(&flat, 1), 0.5);
    const schedule constant = {.kind = SCHEDULE_CONSTANT};
    near(schedule_share(&constant, 0), 1);
    near(schedule_share(&constant, 1), 1);
}

// Never above 1, never below the floor after the warm-up, never rising after it; ends are safe.
static void test_bounds(void **state) {
    (void)state;
    for (int kind = 0; kind < SCHEDULE_KINDS; kind++)
        for (int i = 0; i < 4; i++) {
            const schedule s = {.kind = (schedule_kind)kind,
                                .warmup = i % 2 ? 0.3 : 0,
                                .cool = i % 2 ? 0.7 : 1,
                                .floor = i / 2 ? 0.2 : 0};
            double before = 2;
            for (int x = -10; x <= 110; x++) {
                const double f = (double)x / 100, share = schedule_share(&s, f);
                assert_true(share >= 0 && share <= 1);
                if (f < s.warmup) continue;
                assert_true(share >= s.floor && share <= before);
                before = share;
            }
            assert_true(schedule_share(&s, (double)NAN) >= 0);
        }
}

static void test_names(void **state) {
    (void)state;
    for (int kind = 0; kind < SCHEDULE_KINDS; kind++)
        assert_int_equal(schedule_by_name(schedule_name((schedule_kind)kind)), kind);
    assert_int_equal(schedule_by_name("lineal"), SCHEDULE_KINDS);
    axl_error err;
    const schedule bad[] = {{.warmup = 1.5},
                            {.floor = -1},
                            {.warmup = (double)NAN},
                            {.kind = SCHEDULE_TRAPEZOID, .warmup = 0.6, .cool = 0.5}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(schedule_check(&bad[i], &err), AXL_BAD_ARGUMENT);
        assert_true(strlen(err.text) > 0);
    }
    assert_int_equal(schedule_check(&(schedule){.warmup = 0.02, .cool = 0.5}, &err), AXL_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("optim schedule", tests, NULL, NULL);
}
