// The line of a training never wraps, and says all that there is room for.
#include "cli/train_line.h"

#include "support/unit.h"

#include <math.h>
#include <string.h>

static axl_train_row a_row(void) {
    return (axl_train_row){.step = 1234,
                           .fraction = 0.43,
                           .train_bits = 2.345,
                           .held_bits = (double)NAN,
                           .rate = 0.0024,
                           .bytes_per_s = 12345,
                           .share = 0.551,
                           .resident = (uint64_t)210 << 20};
}

static void it_fits_any_width(void **state) {
    (void)state;
    char line[TRAIN_LINE];
    const axl_train_row row = a_row();
    axl_train_row large = row;
    large.train_bits = 1e300;
    large.bytes_per_s = 1e30;
    large.share = 1e9;
    const train_outlook o = {2.412, 85}, far = {-1e300, 1e18};
    for (size_t width = 1; width < 400; width++) {
        assert_ptr_equal(train_line_row(line, &row, &o, width), line);
        assert_true(strlen(line) <= width);
        assert_true(strlen(train_line_row(line, &large, &far, width)) <= width);
        assert_true(strlen(train_line_bar(line, 2, "text", width)) <= width);
    }
}

static void expect(const char *line, const char *const *parts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strstr(line, parts[i])) fail_msg("no '%s' in '%s'", parts[i], line);
}

static void what_matters_stays_longest(void **state) {
    (void)state;
    char line[TRAIN_LINE];
    const axl_train_row row = a_row();
    const train_outlook o = {2.412, 85};
    static const char *const wide[] = {
        "[#########..........]", " 43 %",     "85 s left",      "2.345 bits/byte", "held-out 2.412",
        "rate 0.0024",           "12.3 KB/s", "(55 % of peak)", "210 MiB"};
    expect(train_line_row(line, &row, &o, 119), wide, COUNT_OF(wide));
    static const char *const usual[] = {"[####.....", " 43 %",     "85 s left", "2.345 bits",
                                        "2.412",      "12.3 KB/s", "(55 %",     "210 MiB"};
    expect(train_line_row(line, &row, &o, 79), usual, COUNT_OF(usual));
    static const char *const small[] = {" 43 %", "85 s left", "2.345"};
    expect(train_line_row(line, &row, &o, 40), small, COUNT_OF(small));
    assert_null(strchr(line, '['));
    assert_null(strstr(line, "MiB"));
}

static void what_is_not_known_is_left_out(void **state) {
    (void)state;
    char line[TRAIN_LINE];
    axl_train_row row = a_row();
    row.share = (double)NAN;
    const train_outlook o = {(double)NAN, 7300};
    train_line_row(line, &row, &o, 119);
    assert_null(strstr(line, "nan"));
    assert_null(strstr(line, "peak"));
    assert_null(strstr(line, "held"));
    assert_non_null(strstr(line, "2 h 01 min left"));
    assert_non_null(strstr(train_line_details(line, &row, &o), "  2.345 bits/byte  rate"));
}

static void the_bar_shows_the_share(void **state) {
    (void)state;
    char line[TRAIN_LINE];
    assert_string_equal(train_line_bar(line, 0, " x", 14), "[..........] x");
    assert_string_equal(train_line_bar(line, 0.5, " x", 14), "[#####.....] x");
    assert_string_equal(train_line_bar(line, 1, " x", 14), "[##########] x");
    assert_string_equal(train_line_bar(line, 1, " text", 10), " text");
    assert_string_equal(train_line_bar(line, 1, " text", 3), " te");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fits_any_width),
        cmocka_unit_test(what_matters_stays_longest),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(the_bar_shows_the_share),
    };
    return cmocka_run_group_tests_name("cli train line", tests, NULL, NULL);
}
