#include "base/error.h"
#include "base/utf8.h"
#include "support/unit.h"

#include <string.h>

static void formats_and_returns_the_code(void **state) {
    (void)state;
    axl_error err;
    assert_int_equal(error_set(&err, AXL_IO, "cannot read %s: %d", "a.txt", 5), AXL_IO);
    assert_int_equal(err.code, AXL_IO);
    assert_string_equal(err.text, "cannot read a.txt: 5");
    assert_int_equal(error_set(NULL, AXL_BUSY, "%s", "nobody listens"), AXL_BUSY);
    error_clear(&err);
    assert_int_equal(err.code, AXL_OK);
    assert_string_equal(err.text, "");
    error_clear(NULL);
}

// Each length around the limit, with a character of each width across the cut.
static void cuts_at_a_character(void **state) {
    (void)state;
    static const char *const wide[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t w = 0; w < COUNT_OF(wide); w++) {
        for (size_t lead = 240; lead < 270; lead++) {
            char text[600] = "";
            memset(text, 'a', lead);
            text[lead] = '\0';
            for (int i = 0; i < 20; i++) strcat(text, wide[w]);
            axl_error err;
            memset(&err, 0x7F, sizeof err);
            error_set(&err, AXL_BAD_FILE, "%s", text);
            const size_t length = strlen(err.text);
            assert_true(length < sizeof err.text);
            assert_true(utf8_valid(err.text, length));
            if (strlen(text) < sizeof err.text) {
                assert_string_equal(err.text, text);
                continue;
            }
            assert_true(length >= sizeof err.text - 1 - 3);
            assert_string_equal(err.text + length - 3, "...");
            assert_memory_equal(err.text, text, length - 3);
        }
    }
}

static void exactly_full_is_not_cut(void **state) {
    (void)state;
    char text[256];
    memset(text, 'b', 255);
    text[255] = '\0';
    axl_error err;
    error_set(&err, AXL_IO, "%s", text);
    assert_string_equal(err.text, text);
}

static void longer_than_any_scratch(void **state) {
    (void)state;
    char text[5000];
    memset(text, 'c', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    axl_error err;
    error_set(&err, AXL_IO, "%s", text);
    assert_int_equal(strlen(err.text), 255);
    assert_string_equal(err.text + 252, "...");
}

// A hostile file name must not write to a terminal or break the JSON it is put into.
static void hostile_bytes_become_question_marks(void **state) {
    (void)state;
    axl_error err;
    error_set(&err, AXL_BAD_FILE, "%s", "a\x1B[31m\nb\tc\x7F");
    assert_string_equal(err.text, "a?[31m?b?c?");
    error_set(&err, AXL_BAD_FILE, "%s", "x\xFFy\xC3z\xED\xA0\x80w\xC2\x9B"); // surrogate, C1
    assert_string_equal(err.text, "x?y?z???w?");
    error_set(&err, AXL_BAD_FILE, "%s", "end\xF0\x9F\x98");
    assert_string_equal(err.text, "end???");
    error_set(&err, AXL_BAD_FILE, "%s", "\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80");
    assert_string_equal(err.text, "\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80");
}

static void context_goes_in_front(void **state) {
    (void)state;
    axl_error err;
    error_set(&err, AXL_BAD_FILE, "header too short");
    assert_int_equal(error_context(&err, AXL_BAD_FILE, "%s", "m.gguf"), AXL_BAD_FILE);
    assert_int_equal(err.code, AXL_BAD_FILE);
    assert_string_equal(err.text, "m.gguf: header too short");
    error_set(&err, AXL_IO, "again: %s", err.text); // arguments inside err->text
    assert_string_equal(err.text, "again: m.gguf: header too short");
    assert_int_equal(error_context(NULL, AXL_IO, "x"), AXL_IO);

    char name[3000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    error_context(&err, AXL_IO, "%s", name);
    assert_int_equal(strlen(err.text), 255);
    assert_string_equal(err.text + 252, "...");
}

static void no_memory_names_the_bytes(void **state) {
    (void)state;
    axl_error err;
    assert_int_equal(error_no_memory(&err, "the weights", 1610612736), AXL_NO_MEMORY);
    assert_string_equal(err.text, "not enough memory for the weights: 1.5 GiB (1610612736 bytes)");
}

static axl_status half(int n, int *out, axl_error *err) {
    RETURN_IF(n % 2 != 0, err, AXL_BAD_ARGUMENT, "%d is odd", n);
    *out = n / 2;
    return AXL_OK;
}

static axl_status quarter(int n, int *out, axl_error *err) {
    int once;
    FORWARD(half(n, &once, err));
    FORWARD(half(once, out, err));
    return AXL_OK;
}

static void macros_leave_early(void **state) {
    (void)state;
    axl_error err = {AXL_OK, ""};
    int out = -1;
    assert_int_equal(quarter(12, &out, &err), AXL_OK);
    assert_int_equal(out, 3);
    assert_int_equal(quarter(6, &out, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(out, 3);
    assert_string_equal(err.text, "3 is odd");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_and_returns_the_code),
        cmocka_unit_test(cuts_at_a_character),
        cmocka_unit_test(exactly_full_is_not_cut),
        cmocka_unit_test(longer_than_any_scratch),
        cmocka_unit_test(hostile_bytes_become_question_marks),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(no_memory_names_the_bytes),
        cmocka_unit_test(macros_leave_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
