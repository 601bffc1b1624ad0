// The plot of a training: every row is where its place in the run and its bits put it.
#include "cli/train_curve.h"

#include "support/unit.h"

#include <math.h>
#include <string.h>

static void add(train_curve *c, double fraction, double trained, double held) {
    const axl_train_row row = {
        .fraction = fraction, .train_bits = trained, .held_bits = held, .seconds = 600 * fraction};
    train_curve_add(c, &row);
}

static void it_is_empty_at_first(void **state) {
    (void)state;
    char line[TRAIN_CURVE_TEXT];
    train_curve c = {0};
    assert_false(train_curve_line(&c, 0, line));
    add(&c, 0.1, 5, (double)NAN);
    assert_false(train_curve_line(&c, 0, line));
    add(&c, 0.101, 4, (double)NAN); // of the same column
    assert_false(train_curve_line(&c, 0, line));
    add(&c, 0.5, 4, (double)NAN);
    assert_true(train_curve_line(&c, 0, line));
}

static void rows_have_their_places(void **state) {
    (void)state;
    char line[TRAIN_CURVE_TEXT];
    train_curve c = {0};
    add(&c, 0, 7, (double)NAN);
    add(&c, 0, 9, (double)NAN); // 8 in the mean: the highest
    add(&c, 0.5, 4, 6);
    add(&c, 1, 2, 4);
    assert_true(train_curve_line(&c, 0, line));
    assert_string_equal(line, "  8.00 |*");
    assert_true(train_curve_line(&c, (8 - 6) * 8 / 6, line));
    assert_true(train_curve_line(&c, 8, line));
    assert_int_equal(strlen(line), 8 + TRAIN_CURVE_COLUMNS);
    assert_memory_equal(line, "  2.00 |", 8);
    assert_int_equal(line[8 + TRAIN_CURVE_COLUMNS - 1], '*');
    int held = 0, trained = 0;
    size_t i = 0;
    for (; train_curve_line(&c, i, line); i++) {
        assert_true(strlen(line) < TRAIN_CURVE_TEXT);
        if (i > TRAIN_CURVE_LINES) continue;
        held += strchr(line, 'o') != NULL;
        trained += strchr(line, '*') != NULL;
    }
    assert_int_equal(i, TRAIN_CURVE_LINES + 2);
    assert_int_equal(held, 2);
    assert_int_equal(trained, 3);
    assert_true(train_curve_line(&c, i - 1, line));
    assert_non_null(strstr(line, "10 min"));
}

static void nothing_breaks_it(void **state) {
    (void)state;
    char line[TRAIN_CURVE_TEXT];
    train_curve c = {0};
    add(&c, (double)NAN, 1, 1);
    add(&c, -1, 1, 1);
    add(&c, 7, 1e300, -1e300);
    add(&c, 0.2, (double)INFINITY, (double)NAN);
    add(&c, 0.3, 1, 1);
    for (size_t i = 0; train_curve_line(&c, i, line); i++) assert_true(strlen(line) < sizeof line);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_empty_at_first),
                                       cmocka_unit_test(rows_have_their_places),
                                       cmocka_unit_test(nothing_breaks_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
