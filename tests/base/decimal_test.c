#include "base/decimal.h"
#include "base/rng.h"
#include "support/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static void expect(double value, const char *text) {
    buf out = {0};
    assert_true(decimal_put(&out, value));
    assert_string_equal(buf_string(&out), text);
    buf_free(&out);
}

static void expect_places(double value, int places, const char *text) {
    buf out = {0};
    assert_true(decimal_put_places(&out, value, places));
    assert_string_equal(buf_string(&out), text);
    buf_free(&out);
}

static void few_digits(void **state) {
    (void)state;
    expect(0, "0");
    expect(-0.0, "-0");
    expect(0.1, "0.1");
    expect(1.5, "1.5");
    expect(317590528, "317590528");
    expect(1.0 / 3, "0.3333333333333333");
    expect(DBL_MAX, "1.7976931348623157e+308");
    expect_places(1.25, 3, "1.250");
    expect_places(-7.6, 0, "-8");
    expect_places(1e20, 1, "100000000000000000000.0");
}

// Bits at random: whatever double it is, its text reads back as the same one.
static void round_trip(void **state) {
    (void)state;
    const rng key = rng_key(1, 2);
    size_t finite = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t bits = (uint64_t)rng_u32(key, 2 * i) << 32 | rng_u32(key, 2 * i + 1);
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        buf out = {0};
        assert_true(decimal_put(&out, value));
        assert_true(decimal_read(out.data, out.size, &back));
        assert_memory_equal(&back, &value, sizeof value);
        buf_free(&out);
        finite++;
    }
    assert_true(finite > 19000);
}

static void refuses_what_is_no_number(void **state) {
    (void)state;
    const char *const bad[] = {
        "",     "-",    ".5",   "5.",  "1e",    "1e+",
        "0x10", "nan",  "inf",  "1 ",  " 1",    "+1",
        "1,5",  "1.5.", "1e5x", "--1", "1e999", "00000000000000000000000000000000000000001"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        double value;
        if (decimal_read(bad[i], strlen(bad[i]), &value)) fail_msg("took \"%s\"", bad[i]);
    }
    double value = 0;
    assert_true(decimal_read("-12.5e-1x", 8, &value));
    assert_true(value == -1.25);
    assert_true(decimal_read("3E2", 3, &value));
    assert_true(value == 300);
}

// With a comma for the point, where the machine has such a locale.
static void no_locale_changes_it(void **state) {
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(names) && !found; i++) {
        found = setlocale(LC_NUMERIC, names[i]) != NULL;
    }
    if (!found) skip();
    expect(1.5, "1.5");
    expect(1.5e300, "1.5e+300");
    expect_places(2.25, 2, "2.25");
    double value = 0;
    assert_true(decimal_read("1.5", 3, &value));
    assert_true(value == 1.5);
    assert_false(decimal_read("1,5", 3, &value));
    setlocale(LC_NUMERIC, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_digits),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(no_locale_changes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
