// A build without tree-sitter refuses with one line that says what to do; one with it does not.
#include "python/python.h"
#include "support/unit.h"

#include <string.h>

static void what_is_missing_is_said(void **state) {
    (void)state;
    python_parser *p;
    axl_error err = {.code = AXL_OK};
    const axl_status status = python_open(&p, NULL, &err);
    assert_int_equal(status, python_available() ? AXL_OK : AXL_UNSUPPORTED);
    bool valid = true;
    if (python_available()) {
        assert_int_equal(python_valid(p, "x = 1\n", 6, &valid, &err), AXL_OK);
        assert_true(valid);
    } else {
        assert_null(p);
        assert_non_null(strstr(err.text, "tools/get_grammar"));
        assert_int_equal(python_valid(p, "x = 1\n", 6, &valid, &err), AXL_UNSUPPORTED);
        assert_false(valid);
    }
    python_close(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_missing_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
