#include <axl/status.h>

#include "support/unit.h"

#include <string.h>

static const axl_status all[] = {
#define CODE(name, value, text, http, exit_code) AXL_##name,
    AXL_STATUS_MAP(CODE)
#undef CODE
};

// The numbers are part of the ABI.
static void values_are_pinned(void **state) {
    (void)state;
    assert_int_equal(AXL_OK, 0);
    assert_int_equal(AXL_BAD_ARGUMENT, -1);
    assert_int_equal(AXL_BAD_FILE, -2);
    assert_int_equal(AXL_NO_MEMORY, -3);
    assert_int_equal(AXL_IO, -4);
    assert_int_equal(AXL_NOT_FOUND, -5);
    assert_int_equal(AXL_UNSUPPORTED, -6);
    assert_int_equal(AXL_NUMERIC, -7);
    assert_int_equal(AXL_INTERRUPTED, -8);
    assert_int_equal(AXL_INTERNAL, -9);
    assert_int_equal(AXL_TOO_LARGE, -10);
    assert_int_equal(AXL_BUSY, -11);
    assert_int_equal(COUNT_OF(all), 12);
}

static void exit_codes_follow_the_design(void **state) {
    (void)state;
    assert_int_equal(axl_status_exit_code(AXL_OK), 0);
    assert_int_equal(axl_status_exit_code(AXL_BAD_ARGUMENT), 2);
    assert_int_equal(axl_status_exit_code(AXL_BAD_FILE), 2);
    assert_int_equal(axl_status_exit_code(AXL_NO_MEMORY), 1);
    assert_int_equal(axl_status_exit_code(AXL_IO), 4);
    assert_int_equal(axl_status_exit_code(AXL_NUMERIC), 5);
    assert_int_equal(axl_status_exit_code(AXL_INTERRUPTED), 130);
    assert_int_equal(axl_status_http(AXL_OK), 200);
    assert_int_equal(axl_status_http(AXL_BAD_ARGUMENT), 400);
    assert_int_equal(axl_status_http(AXL_NO_MEMORY), 503);
    assert_int_equal(axl_status_http(AXL_TOO_LARGE), 413);
    assert_int_equal(axl_status_http(AXL_BUSY), 503);
    assert_string_equal(axl_status_name(AXL_BAD_FILE), "BAD_FILE");
    assert_string_equal(axl_status_text(AXL_IO), "input/output error");
}

static void rows_are_sane_and_distinct(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const axl_status s = all[i];
        const int http = axl_status_http(s);
        const int code = axl_status_exit_code(s);
        assert_true(s == AXL_OK ? http == 200 : http >= 400 && http < 600);
        assert_true(s == AXL_OK ? code == 0
                                : code == 1 || code == 2 || code == 4 || code == 5 || code == 130);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(s, all[j]);
            assert_string_not_equal(axl_status_name(s), axl_status_name(all[j]));
            assert_string_not_equal(axl_status_text(s), axl_status_text(all[j]));
        }
    }
}

static void unknown_values_are_answered(void **state) {
    (void)state;
    const int values[] = {1, -12, 1000, -100000};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const axl_status s = (axl_status)values[i];
        assert_string_equal(axl_status_name(s), "UNKNOWN");
        assert_string_equal(axl_status_text(s), "unknown status");
        assert_int_equal(axl_status_http(s), 500);
        assert_int_equal(axl_status_exit_code(s), 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_pinned),
        cmocka_unit_test(exit_codes_follow_the_design),
        cmocka_unit_test(rows_are_sane_and_distinct),
        cmocka_unit_test(unknown_values_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
