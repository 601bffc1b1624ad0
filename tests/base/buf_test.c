#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static void grows_and_stays_terminated(void **state) {
    (void)state;
    buf b = {0};
    assert_string_equal(buf_string(&b), "");
    for (unsigned i = 0; i < 5000; i++) {
        assert_true(buf_byte(&b, (uint8_t)('a' + i % 26)));
        assert_int_equal(b.data[b.size], 0);
    }
    assert_int_equal(b.size, 5000);
    for (unsigned i = 0; i < 5000; i++) assert_int_equal(b.data[i], 'a' + i % 26);
    buf_truncate(&b, 3);
    assert_string_equal(buf_string(&b), "abc");
    buf_truncate(&b, 4000);
    assert_int_equal(b.size, 3);
    buf_clear(&b);
    assert_string_equal(buf_string(&b), "");
    buf_free(&b);
    buf_free(NULL);
}

static void text_and_format(void **state) {
    (void)state;
    buf b = {0};
    buf_text(&b, "x=");
    buf_format(&b, "%d,%s", 42, "y");
    buf_format(&b, "%s", "");
    buf_fill(&b, '!', 3);
    buf_append(&b, NULL, 0);
    assert_string_equal(buf_string(&b), "x=42,y!!!");
    char text[700];
    memset(text, 'q', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_true(buf_format(&b, "%s", text));
    assert_int_equal(b.size, 9 + 699);
    assert_string_equal(b.data + 9, text);
    buf_free(&b);
}

static void numbers_are_little_endian(void **state) {
    (void)state;
    buf b = {0};
    buf_u16(&b, 0x0102);
    buf_u32(&b, 0x03040506);
    buf_u64(&b, 0x0708090A0B0C0D0E);
    assert_true(buf_align(&b, 8));
    buf_f32(&b, 1.0f);
    buf_f64(&b, -2.0);
    assert_int_equal(b.size, 28);
    assert_memory_equal(b.data,
                        "\x02\x01\x06\x05\x04\x03\x0E\x0D\x0C\x0B\x0A\x09\x08\x07\0\0"
                        "\0\0\x80\x3F\0\0\0\0\0\0\0\xC0",
                        28);
    assert_true(buf_align(&b, 4));
    assert_int_equal(b.size, 28);
    assert_false(buf_align(&b, 3));
    assert_false(buf_ok(&b));
    buf_free(&b);
}

// The source moves when the buffer grows.
static void appends_a_part_of_itself(void **state) {
    (void)state;
    failing_alloc_install(); // its resize always moves and spoils the old block
    buf b = {0};
    buf_text(&b, "0123456789");
    for (int i = 0; i < 8; i++) assert_true(buf_append(&b, b.data + 1, b.size - 1));
    for (size_t i = 1; i < 10; i++) assert_int_equal(b.data[i], '0' + (int)i);
    assert_int_equal(b.size, 1 + 9 * 256);
    for (size_t i = 1; i < b.size; i++) assert_int_equal(b.data[i], '1' + (int)((i - 1) % 9));
    buf_free(&b);
    failing_alloc_remove();
}

static void failure_keeps_the_content(void **state) {
    (void)state;
    failing_alloc_install();
    buf b = {0};
    buf_text(&b, "kept");
    failing_alloc_fail_at(1, false);
    assert_false(buf_fill(&b, 'x', 1000));
    assert_false(buf_ok(&b));
    assert_false(buf_byte(&b, 'y')); // sticky, though this byte would fit
    assert_false(buf_format(&b, "%d", 1));
    assert_string_equal(buf_string(&b), "kept");
    size_t size = 77;
    assert_null(buf_take(&b, &size));
    assert_int_equal(size, 0);
    assert_null(b.data);
    assert_false(buf_reserve(&b, SIZE_MAX));
    buf_clear(&b);
    assert_true(buf_text(&b, "again"));
    assert_false(buf_reserve(&b, SIZE_MAX - b.size));
    buf_free(&b);
    failing_alloc_remove();
}

static void takes_the_bytes_out(void **state) {
    (void)state;
    failing_alloc_install();
    buf b = {0};
    size_t size;
    buf_text(&b, "mine");
    char *text = buf_take(&b, &size);
    assert_string_equal(text, "mine");
    assert_int_equal(size, 4);
    assert_int_equal(b.size + b.capacity, 0);
    mem_free(text);
    text = buf_take(&b, NULL); // an empty one is an empty string
    assert_string_equal(text, "");
    mem_free(text);
    failing_alloc_remove();
}

static axl_status fill(void *ctx, axl_error *err) {
    (void)ctx;
    buf b = {0};
    for (uint32_t i = 0; i < 200; i++) {
        buf_u32(&b, i);
        buf_format(&b, "%u", i);
    }
    const axl_status status = buf_ok(&b) ? AXL_OK : error_no_memory(err, "a list", b.size);
    buf_free(&b);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(fill, NULL) > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated), cmocka_unit_test(text_and_format),
        cmocka_unit_test(numbers_are_little_endian),  cmocka_unit_test(appends_a_part_of_itself),
        cmocka_unit_test(failure_keeps_the_content),  cmocka_unit_test(takes_the_bytes_out),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
