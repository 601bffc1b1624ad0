// Figures over many answers and their intervals.
#include "base/rng.h"
#include "eval/task_figure.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static void near_to(double is, double wanted) {
    if (!(fabs(is - wanted) <= 1e-12)) fail_msg("%.15g is not %.15g", is, wanted);
}

static void is_interval(task_figure f, double low, double high) {
    if (!(fabs(f.low - low) <= 1e-12 && fabs(f.high - high) <= 1e-12))
        fail_msg("[%.15g, %.15g] is not [%.15g, %.15g]", f.low, f.high, low, high);
}

static task_figure mean_of(task_sample s) {
    task_figure f;
    assert_int_equal(task_figure_mean(&f, &s, NULL), AXL_OK);
    return f;
}

static task_figure hits_of(task_sample s) {
    task_figure f;
    assert_int_equal(task_figure_hits(&f, &s, NULL), AXL_OK);
    return f;
}

static void shares_have_wilson_intervals(void **state) {
    (void)state;
    // The roots q of (p - q)^2 = z^2 q (1 - q) / n, found by bisection.
    task_figure f = task_figure_share(15, 20);
    near_to(f.value, 0.75);
    assert_true(fabs(f.low - 0.5312991) < 1e-6 && fabs(f.high - 0.8881383) < 1e-6);
    f = task_figure_share(0, 10);
    assert_true(f.low == 0 && fabs(f.high - 0.2775328) < 1e-6);
    f = task_figure_share(10, 10);
    assert_true(fabs(f.low - 0.7224672) < 1e-6 && f.high == 1);
    assert_true(isnan(task_figure_share(0, 0).value));
}

static void means_have_bootstrap_intervals(void **state) {
    (void)state;
    double value[400], other[400];
    for (size_t i = 0; i < 400; i++) {
        value[i] = rng_normal(rng_key(3, 0), i) + 1.0;
        other[i] = value[i] - 0.25;
    }
    const task_sample all = {.value = value, .count = 400};
    const task_sample better = {.value = value, .against = other, .count = 400};
    const task_figure f = mean_of(all);
    // The standard error is 1/20: the interval reaches about 0.098 to either side.
    assert_true(f.high - f.low > 0.15 && f.high - f.low < 0.25);
    assert_true(f.low < f.value && f.value < f.high && f.low < 1 && f.high > 1);
    const task_figure again = mean_of(all);
    assert_memory_equal(&f, &again, sizeof f);
    // Question by question one is better by the same: no doubt is left, though the means overlap.
    const task_figure gain = mean_of(better);
    assert_true(fabs(gain.low - 0.25) < 1e-9 && fabs(gain.high - 0.25) < 1e-9);
    value[0] = other[1] = (double)NAN;
    assert_int_equal(mean_of(all).count, 399);
    assert_int_equal(mean_of(better).count, 398);
    const task_figure few = mean_of((task_sample){.value = value + 2, .count = TASK_LEAST - 1});
    assert_true(!isnan(few.value) && isnan(few.low) && isnan(few.high));
    assert_true(mean_of((task_sample){.value = value + 2, .count = TASK_LEAST}).low <
                few.value + 1);
    value[1] = (double)NAN;
    assert_true(isnan(mean_of((task_sample){.value = value, .count = 2}).value));
}

// Four projects of 25, 25, 25 and `last` questions; the last one's are 1, all others' are 0.
#define EACH 25

typedef struct clustered {
    double value[4 * EACH];
    size_t group[4 * EACH], count;
} clustered;

static clustered four_projects(size_t last) {
    clustered c = {.count = 3 * EACH + last};
    for (size_t i = 0; i < c.count; i++) {
        c.value[i] = i >= 3 * EACH;
        c.group[i] = i / EACH * EACH;
    }
    return c;
}

// How often the last project is among four drawn ones is binomial: none 81/256, up to two 243/256,
// which is less than 97.5 %, up to three 255/256. So the ends are those of none and of three.
static void whole_projects_are_drawn(void **state) {
    (void)state;
    clustered c = four_projects(EACH);
    task_sample s = {.value = c.value, .group = c.group, .count = c.count};
    near_to(mean_of(s).value, 0.25);
    is_interval(mean_of(s), 0, 0.75);
    // By themselves 25 of 100 are far better known.
    s.group = NULL;
    const task_figure alone = mean_of(s);
    assert_true(alone.low > 0.15 && alone.high < 0.35);
    // Of three times 5 ones and one time 25 zeros, 15 of 40 are 1: values are counted, not
    // projects.
    c = four_projects(5);
    s = (task_sample){.value = c.value, .group = c.group, .count = c.count};
    near_to(mean_of(s).value, 5.0 / 80);
    is_interval(mean_of(s), 0, 15.0 / 40);
    // A question without a value says nothing, also about a project that has no others.
    for (size_t i = 0; i < EACH; i++) c.value[i] = (double)NAN;
    c.value[EACH] = (double)NAN;
    near_to(mean_of(s).value, 5.0 / 54);
    assert_int_equal(mean_of(s).count, 54);
}

// Questions of two projects in turns, 10 of each: one is better by 1, the other worse by 1.
static void gains_draw_whole_projects(void **state) {
    (void)state;
    double a[20], b[20];
    size_t group[20];
    for (size_t i = 0; i < 20; i++) {
        group[i] = i % 2;
        a[i] = (double)i;
        b[i] = i % 2 ? a[i] + 1 : a[i] - 1;
    }
    const task_sample s = {.value = a, .against = b, .group = group, .count = 20};
    near_to(mean_of(s).value, 0);
    is_interval(mean_of(s), -1, 1);
}

static void one_project_has_no_interval(void **state) {
    (void)state;
    double value[40];
    size_t group[40] = {0};
    for (size_t i = 0; i < 40; i++) value[i] = (double)(i % 2);
    const task_sample s = {.value = value, .group = group, .count = 40};
    near_to(mean_of(s).value, 0.5);
    near_to(hits_of(s).value, 0.5);
    assert_true(isnan(mean_of(s).low) && isnan(mean_of(s).high));
    assert_true(isnan(hits_of(s).low) && isnan(hits_of(s).high));
    // Another project that has no value is none to draw.
    group[39] = 39;
    value[39] = (double)NAN;
    assert_true(isnan(mean_of(s).low) && isnan(hits_of(s).low));
    value[39] = 1;
    assert_false(isnan(mean_of(s).low) || isnan(hits_of(s).low));
}

// The figures that were there before projects were drawn.
static void projects_of_one_question_change_nothing(void **state) {
    (void)state;
    double value[400], other[400];
    size_t group[400];
    for (size_t i = 0; i < 400; i++) {
        value[i] = rng_normal(rng_key(3, 0), i) + 1.0;
        other[i] = rng_normal(rng_key(3, 1), i);
        group[i] = i;
    }
    task_sample s = {.value = value, .group = group, .count = 400};
    for (size_t round = 0; round < 2; round++, s.group = NULL) {
        s.against = NULL;
        is_interval(mean_of(s), 0.92170913906738861, 1.1142544480902143);
        s.against = other;
        is_interval(mean_of(s), 0.95650587997952241, 1.2264125451698782);
    }
    for (size_t i = 0; i < 20; i++) value[i] = i < 15;
    s = (task_sample){.value = value, .group = group, .count = 20};
    const task_figure wilson = task_figure_share(15, 20);
    is_interval(hits_of(s), wilson.low, wilson.high);
    // Where two are of one project, but only one of them has a value, as well.
    group[20] = 19;
    value[20] = (double)NAN;
    s.count = 21;
    is_interval(hits_of(s), wilson.low, wilson.high);
    assert_int_equal(hits_of(s).count, 20);
}

static void shares_reach_as_far_as_projects(void **state) {
    (void)state;
    clustered c = four_projects(EACH);
    task_sample s = {.value = c.value, .group = c.group, .count = c.count};
    near_to(hits_of(s).value, 0.25);
    is_interval(hits_of(s), 0, 0.75);
    s.group = NULL;
    task_figure wilson = task_figure_share(25, 100);
    is_interval(hits_of(s), wilson.low, wilson.high);
    // Projects that are all alike, and answers that are: what Wilson doubts is still there.
    for (size_t i = 0; i < c.count; i++) c.value[i] = i % EACH < 10;
    s.group = c.group;
    wilson = task_figure_share(40, 100);
    is_interval(hits_of(s), wilson.low, wilson.high);
    for (size_t i = 0; i < c.count; i++) c.value[i] = 0;
    wilson = task_figure_share(0, 100);
    is_interval(hits_of(s), 0, wilson.high);
    // As few values as these have no interval of their mean, but one of their share.
    c = four_projects(EACH);
    s = (task_sample){.value = c.value + 2 * EACH, .count = TASK_LEAST - 1};
    size_t group[TASK_LEAST] = {0};
    for (size_t i = 0; i < s.count; i++) {
        c.value[2 * EACH + i] = i >= 10;
        group[i] = i < 10 ? 0 : 10;
    }
    s.group = group;
    is_interval(hits_of(s), 0, 1);
    assert_true(isnan(mean_of(s).low));
}

static axl_status both(void *ctx, axl_error *err) {
    task_figure f;
    const axl_status status = task_figure_hits(&f, ctx, err);
    return status == AXL_OK ? task_figure_mean(&f, ctx, err) : status;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    clustered c = four_projects(EACH);
    task_sample s = {.value = c.value, .group = c.group, .count = c.count};
    assert_int_equal(for_each_failing_alloc(both, &s), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_have_wilson_intervals),
        cmocka_unit_test(means_have_bootstrap_intervals),
        cmocka_unit_test(whole_projects_are_drawn),
        cmocka_unit_test(gains_draw_whole_projects),
        cmocka_unit_test(one_project_has_no_interval),
        cmocka_unit_test(projects_of_one_question_change_nothing),
        cmocka_unit_test(shares_reach_as_far_as_projects),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
