// Intervals and pass@k against what can be counted or is published.
#include "eval/shares.h"
#include "support/unit.h"

#include <math.h>

static void near_to(double got, double want, double within) {
    if (!(fabs(got - want) <= within)) fail_msg("%.9f is not %.9f", got, want);
}

// Wilson's interval holds the p for which |mean - p| is 1.96 deviations of p.
static void test_wilson(void **state) {
    (void)state;
    static const struct {
        size_t right, count;
    } cases[] = {{1, 10}, {5, 10}, {9, 10}, {81, 164}, {1, 974}, {973, 974}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const double n = (double)cases[i].count, mean = (double)cases[i].right / n;
        const share s = share_of(mean, cases[i].count);
        assert_true(s.value == mean && s.low > 0 && s.low < mean && s.high > mean && s.high < 1);
        near_to((mean - s.low) / sqrt(s.low * (1 - s.low) / n), 1.959964, 1e-5);
        near_to((s.high - mean) / sqrt(s.high * (1 - s.high) / n), 1.959964, 1e-5);
    }
    near_to(share_of(0.1, 10).low, 0.01787621, 1e-7); // as in Newcombe 1998's method 3
    near_to(share_of(0.1, 10).high, 0.40415, 1e-5);
}

static void test_ends(void **state) {
    (void)state;
    const share none = share_of(0, 164), all = share_of(1, 164), nothing = share_of(0, 0);
    assert_true(none.value == 0 && none.low == 0);
    near_to(none.high, 3.841459 / (164 + 3.841459), 1e-6); // z^2 / (n + z^2)
    assert_true(all.value == 1 && all.high == 1);
    near_to(all.low, 1 - none.high, 1e-12);
    assert_true(isnan(nothing.value) && isnan(nothing.low) && isnan(nothing.high));
}

// Whether a set of k of the n answers, c of which are right, has a right one: all sets counted.
static double counted(unsigned n, unsigned c, unsigned k) {
    size_t sets = 0, good = 0;
    for (unsigned set = 0; set < 1u << n; set++) {
        if ((unsigned)__builtin_popcount(set) != k) continue;
        sets++;
        good += (set & ((1u << c) - 1)) != 0;
    }
    return (double)good / (double)sets;
}

static void test_pass(void **state) {
    (void)state;
    for (unsigned n = 1; n <= 9; n++)
        for (unsigned c = 0; c <= n; c++)
            for (unsigned k = 1; k <= n; k++) near_to(pass_at_k(n, c, k), counted(n, c, k), 1e-12);
    near_to(pass_at_k(200, 20, 1), 0.1, 1e-12);
    assert_true(pass_at_k(200, 0, 100) == 0 && pass_at_k(200, 101, 100) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wilson),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
