#include "os/library.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

#if defined(__APPLE__)
#define MATH_LIBRARY "libSystem.dylib"
#else
#define MATH_LIBRARY "libm.so.6"
#endif

static void functions_are_found_and_work(void **state) {
    (void)state;
    os_library *library = NULL;
    assert_int_equal(os_library_open(&library, MATH_LIBRARY, NULL), AXL_OK);
    double (*cosine)(double) = (double (*)(double))os_library_function(library, "cos");
    assert_non_null(cosine);
    assert_true(cosine(0.0) == 1.0);
    assert_non_null(os_library_data(library, "signgam"));
    assert_null(os_library_function(library, "axl_no_such_function"));
    assert_null(os_library_data(library, "axl_no_such_data"));
    os_library_close(library);
    os_library_close(NULL);
}

static void missing_libraries_are_named(void **state) {
    (void)state;
    os_library *library = NULL;
    axl_error err;
    assert_int_equal(os_library_open(&library, "libaxl-none.so.0", &err), AXL_NOT_FOUND);
    assert_null(library);
    assert_non_null(strstr(err.text, "libaxl-none.so.0"));
    // Without a name dlopen would give the program itself.
    assert_int_equal(os_library_open(&library, NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_library_open(&library, "", &err), AXL_BAD_ARGUMENT);
}

static axl_status open_and_close(void *ctx, axl_error *err) {
    (void)ctx;
    os_library *library = NULL;
    const axl_status status = os_library_open(&library, MATH_LIBRARY, err);
    os_library_close(library);
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(open_and_close, NULL), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found_and_work),
        cmocka_unit_test(missing_libraries_are_named),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
