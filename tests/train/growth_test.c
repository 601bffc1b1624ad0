// How the sequences of a run grow.
#include "train/growth.h"

#include <math.h>

#include "model/model_case.h"

static growth make(double batch, double length, double share) {
    train_settings s = train_settings_defaults();
    const model_config c = {.max_seq_len = 256};
    s.batch = batch;
    s.length = length;
    s.grow = share;
    return growth_of(&s, &c);
}

static void test_parts(void **state) {
    (void)state;
    static const struct {
        double fraction;
        size_t batch, length, cursor;
    } parts[] = {{0, 4, 32, 1},     {0.199, 4, 32, 1}, {0.2, 4, 64, 2},
                 {0.399, 4, 64, 2}, {0.4, 2, 128, 4},  {0.599, 2, 128, 4},
                 {0.6, 2, 256, 8},  {0.99, 2, 256, 8}, {1, 2, 256, 8}};
    const growth g = make(2, 0, 0.6);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const growth_shape form = growth_at(&g, parts[i].fraction);
        assert_int_equal(form.batch, parts[i].batch);
        assert_int_equal(form.length, parts[i].length);
        assert_int_equal(growth_cursor(&g, form), parts[i].cursor);
    }
}

// Steps never have more bytes than at the end, nor less than a quarter of them, and lengths stay
// whole groups.
static void test_bytes(void **state) {
    (void)state;
    static const double lengths[] = {32, 40, 64, 96, 100, 128, 256, 257, 1000, 1024, 2048};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const growth g = make(3, lengths[i], 1);
        for (double f = 0; f <= 1; f += 0.01) {
            const growth_shape form = growth_at(&g, f);
            const double bytes = (double)(form.batch * form.length);
            assert_true(bytes <= 3 * lengths[i] && bytes >= 3 * lengths[i] / 4);
            assert_true(form.length >= 32);
            assert_true(form.length == (size_t)lengths[i] || form.length % 4 == 0);
        }
        assert_true((double)growth_at(&g, 1).length == lengths[i]);
    }
}

// As counted by going through a run.
static void test_mean(void **state) {
    (void)state;
    const growth g = make(4, 0, 0.75), never = make(4, 0, 0);
    double steps = 0, seen = 0, bytes = 0;
    for (; steps < 100000; steps++) {
        const growth_shape form = growth_at(&g, steps / 100000);
        bytes += (double)(form.batch * form.length);
    }
    assert_true(fabs(growth_mean_step(&g, true) - bytes / steps) < 0.1);
    for (steps = 0; seen < 1e8; steps++) {
        const growth_shape form = growth_at(&g, seen / 1e8);
        seen += (double)(form.batch * form.length);
    }
    assert_true(fabs(growth_mean_step(&g, false) - seen / steps) < 0.1);
    assert_true(growth_mean_step(&never, true) == 1024);
    assert_true(growth_mean_step(&never, false) == 1024);
}

static void test_none(void **state) {
    (void)state;
    const growth never = make(2, 0, 0), odd = make(2, 252, 0.5), little = make(2, 32, 0.5);
    assert_int_equal(growth_at(&never, 0).length, 256);
    assert_int_equal(growth_at(&odd, 0).length, 252); // half of it is no whole number of groups
    assert_int_equal(growth_at(&little, 0).length, 32);
    train_settings s = train_settings_defaults();
    const model_config c = {.max_seq_len = 256};
    s.grow = 0.5;
    s.overfit_batch = 1;
    const growth one = growth_of(&s, &c);
    assert_int_equal(growth_at(&one, 0).length, 256);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_bytes),
                                       cmocka_unit_test(test_none), cmocka_unit_test(test_mean)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
