#include "base/error.h"
#include "base/json_out.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static void write_document(buf *out) {
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_text(&j, "name", "a \"b\"\\\n\x01\x7f");
    json_out_text(&j, "none", NULL);
    json_out_count(&j, "count", UINT64_MAX);
    json_out_number(&j, "real", 0.25);
    json_out_number(&j, "nan", NAN);
    json_out_bool(&j, "yes", true);
    json_out_array(&j, "empty");
    json_out_end(&j);
    json_out_array(&j, "rows");
    json_out_flat_object(&j, NULL);
    json_out_count(&j, "a", 1);
    json_out_array(&j, "b");
    json_out_bool(&j, NULL, false);
    json_out_bool(&j, NULL, true);
    json_out_end(&j);
    json_out_end(&j);
    json_out_flat_object(&j, NULL);
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
}

static void lays_out_a_document(void **state) {
    (void)state;
    buf out = {0};
    write_document(&out);
    assert_true(buf_ok(&out));
    assert_string_equal(buf_string(&out),
                        "{\n"
                        "  \"name\": \"a \\\"b\\\"\\\\\\n\\u0001\\u007f\",\n"
                        "  \"none\": null,\n"
                        "  \"count\": 18446744073709551615,\n"
                        "  \"real\": 0.25,\n"
                        "  \"nan\": null,\n"
                        "  \"yes\": true,\n"
                        "  \"empty\": [],\n"
                        "  \"rows\": [\n"
                        "    {\"a\": 1, \"b\": [false, true]},\n"
                        "    {}\n"
                        "  ]\n"
                        "}\n");
    buf_free(&out);
}

static void bytes_that_are_no_text_are_replaced(void **state) {
    (void)state;
    buf out = {0};
    json_out_quote(&out, "a\xff\xc3\xa9\x00z\xe2\x82", 8);
    assert_int_equal(out.size, strlen("\"a\xef\xbf\xbd\xc3\xa9\\u0000z\xef\xbf\xbd\xef\xbf\xbd\""));
    assert_string_equal(out.data, "\"a\xef\xbf\xbd\xc3\xa9\\u0000z\xef\xbf\xbd\xef\xbf\xbd\"");
    buf_free(&out);
}

static void too_deep_fails_the_buffer(void **state) {
    (void)state;
    buf out = {0};
    json_out j = {.to = &out};
    for (size_t i = 0; i < JSON_OUT_DEPTH; i++) json_out_array(&j, NULL);
    assert_true(buf_ok(&out));
    json_out_array(&j, NULL);
    assert_false(buf_ok(&out));
    buf_free(&out);
}

static axl_status write_once(void *ctx, axl_error *err) {
    (void)ctx;
    buf out = {0};
    write_document(&out);
    const axl_status status = buf_ok(&out) ? AXL_OK : error_no_memory(err, "JSON", out.size);
    buf_free(&out);
    return status;
}

static void memory_runs_out(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(write_once, NULL) > 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_a_document),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(too_deep_fails_the_buffer),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
