// The reader of JSON members and the writer of strings and numbers.
#include "formats/json_text.h"

#include "support/unit.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a walk over an object saw: "name=value;" for each member, values as jansson prints them.
typedef struct walk {
    buf seen;
    size_t limit; // of a value
} walk;

static axl_status see(void *ctx, json_text *j, char *name, axl_error *err) {
    walk *w = ctx;
    json_t *value = NULL;
    const axl_status status = json_text_value(j, w->limit, &value, err);
    if (status != AXL_OK) return status;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    buf_format(&w->seen, "%s=%s;", name, text);
    free(text);
    json_decref(value);
    return AXL_OK;
}

static axl_status read_object(const char *text, size_t limit, walk *w, axl_error *err) {
    char *copy = strdup(text);
    json_text j = {.what = "x.json", .text = copy, .size = strlen(text), .origin = 8};
    w->limit = limit;
    axl_status status = json_text_object(&j, 16, see, w, err);
    if (status == AXL_OK) status = json_text_end(&j, err);
    free(copy);
    return status;
}

static void members_come_in_their_order(void **state) {
    (void)state;
    static const struct {
        const char *text, *seen;
    } cases[] = {
        {"{}", ""},
        {" { } \n", ""},
        {"{\"b\":1,\"a\":[1,{\"x\":null}]}", "b=1;a=[1,{\"x\":null}];"},
        {" {\t\"a\" : \"q\\\"\" ,\r\n\"b\":-0.5 }", "a=\"q\\\"\";b=-0.5;"},
        {"{\"\\u00e9\\n\":true,\"\":false}", "\xC3\xA9\n=true;=false;"},
        {"{\"a\":1,\"a\":2}", "a=1;a=2;"}, // compared by whoever cares
        {"{\"\\ud83d\\ude00\":\"\\u20ac\"}", "\xF0\x9F\x98\x80=\"\xE2\x82\xAC\";"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        walk w = {0};
        axl_error err = {0};
        assert_int_equal(read_object(cases[i].text, 100, &w, &err), AXL_OK);
        assert_string_equal(buf_string(&w.seen), cases[i].seen);
        buf_free(&w.seen);
    }
}

static void broken_text_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "x.json:8: an object must stand here"},
        {"[]", "x.json:8: an object must stand here"},
        {"{", "x.json:9: a string must stand here"},
        {"{1:2}", "x.json:9: a string must stand here"},
        {"{\"a\"}", "x.json:12: a colon must stand here"},
        {"{\"a\":}", "unexpected token"},
        {"{\"a\":1", "x.json:14: a comma or } must stand here"},
        {"{\"a\":1,}", "x.json:15: a string must stand here"},
        {"{\"a\":1 \"b\":2}", "x.json:15: a comma or } must stand here"},
        {"{\"a\":1}x", "x.json:15: 1 bytes behind the end"},
        {"{\"a\":1}{}", "2 bytes behind the end"},
        {"{\"a\":{\"b\":1,\"b\":2}}", "duplicate object key"},
        {"{\"a\":01}", "invalid token"},
        {"{\"a\":+1}", "invalid token"},
        {"{\"a\":.5}", "invalid token"},
        {"{\"a\":NaN}", "invalid token"},
        {"{\"a\":'b'}", "invalid token"},
        {"{\"a\":1e999}", "real number overflow"},
        {"{\"a\":9223372036854775808}", "too big integer"},
        {"{\"a\":\"\xFF\"}", "unable to decode byte 0xff"},
        {"{\"\xC0\xAF\":1}", "unable to decode byte 0xc0"},
        {"{\"\xED\xA0\x80\":1}", "unable to decode byte 0xed"},
        {"{\"\\ud800\":1}", "invalid Unicode"},
        {"{\"\\u0000\":1}", "not allowed"},
        {"{\"a\n\":1}", "unexpected newline"},
        {"{\"seventeen bytes ..\":1}", "a name or value of more than 18 bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        walk w = {0};
        axl_error err = {0};
        assert_int_equal(read_object(cases[i].text, 100, &w, &err), AXL_BAD_FILE);
        if (!strstr(err.text, cases[i].message))
            fail_msg("%s: %s, not %s", cases[i].text, err.text, cases[i].message);
        assert_memory_equal(err.text, "x.json:", 7);
        buf_free(&w.seen);
    }
}

static void a_zero_byte_is_refused(void **state) {
    (void)state;
    char inside[] = "{\"a\0b\":1}", behind[] = "{} \0", outside[] = "{\0\"a\":1}";
    json_text j[] = {
        {.what = "x", .text = inside, .size = sizeof inside - 1},
        {.what = "x", .text = behind, .size = sizeof behind - 1},
        {.what = "x", .text = outside, .size = sizeof outside - 1},
    };
    for (size_t i = 0; i < COUNT_OF(j); i++) {
        walk w = {.limit = 10};
        axl_status status = json_text_object(&j[i], 16, see, &w, NULL);
        if (status == AXL_OK) status = json_text_end(&j[i], NULL);
        assert_int_equal(status, AXL_BAD_FILE);
        buf_free(&w.seen);
    }
}

static void a_value_has_a_limit(void **state) {
    (void)state;
    for (size_t limit = 3; limit <= 9; limit++) {
        walk w = {0};
        axl_error err = {0};
        const axl_status status = read_object("{\"a\":[10,20],\"b\":\"1234567\"}", limit, &w, &err);
        assert_int_equal(status, limit < 9 ? AXL_BAD_FILE : AXL_OK);
        if (limit < 9) assert_non_null(strstr(err.text, "more than"));
        buf_free(&w.seen);
    }
}

static void nesting_has_a_limit(void **state) {
    (void)state;
    for (size_t depth = 2000; depth <= 100000; depth += 98000) {
        buf text = {0};
        buf_text(&text, "{\"a\":");
        buf_fill(&text, '[', depth);
        buf_fill(&text, ']', depth);
        buf_byte(&text, '}');
        walk w = {0};
        axl_error err = {0};
        const axl_status status = read_object(text.data, text.size, &w, &err);
        assert_int_equal(status, depth == 2000 ? AXL_OK : AXL_BAD_FILE);
        if (status != AXL_OK) assert_non_null(strstr(err.text, "depth"));
        buf_free(&w.seen);
        buf_free(&text);
    }
}

static void strings_are_written_so_that_they_read_back(void **state) {
    (void)state;
    char every[128 + 5];
    for (int i = 1; i < 128; i++) every[i - 1] = (char)i;
    memcpy(every + 127, "\xF0\x9F\x98\x80", 5);
    buf out = {0};
    assert_true(json_text_put_string(&out, every));
    for (size_t i = 0; i < out.size; i++) assert_true((unsigned char)out.data[i] >= 0x20);
    json_text j = {.what = "x", .text = out.data, .size = out.size};
    char *back = NULL;
    assert_int_equal(json_text_string(&j, 1000, &back, NULL), AXL_OK);
    assert_string_equal(back, every);
    buf_free(&out);
}

static void put_and_compare(double value, const char *text) {
    buf out = {0};
    assert_true(json_text_put_real(&out, value));
    if (text) assert_string_equal(out.data, text);
    json_t *back = json_loads(out.data, JSON_DECODE_ANY, NULL);
    assert_true(json_is_real(back));
    const double got = json_real_value(back);
    assert_memory_equal(&got, &value, sizeof value);
    json_decref(back);
    buf_free(&out);
}

static void numbers_are_written_so_that_they_read_back(void **state) {
    (void)state;
    // With a comma for the point where such a locale is installed; the text must not change.
    for (int pass = 0; pass < 2; pass++) {
        put_and_compare(0, "0.0");
        put_and_compare(-0.0, "-0.0");
        put_and_compare(0.1, "0.1");
        put_and_compare(10000, "10000.0");
        put_and_compare(1e-5, "1e-05");
        put_and_compare(-1.25e22, "-1.25e+22");
        put_and_compare(1e22, "1e+22");
        put_and_compare(1.0 / 3, "0.3333333333333333");
        put_and_compare(5e-324, NULL);
        put_and_compare(1.7976931348623157e308, NULL);
        if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) break;
    }
    setlocale(LC_NUMERIC, "C");
}

static void long_paths_leave_room_for_the_reason(void **state) {
    (void)state;
    char path[400];
    memset(path, 'p', sizeof path);
    memcpy(path + sizeof path - 103, "\xE2\x82\xAC", 3); // its last byte is the first that fits
    strcpy(path + sizeof path - 6, "/file");
    const char *name = json_text_name(path);
    assert_int_equal(strlen(name), 99);
    assert_string_equal(name + 94, "/file");
    assert_ptr_equal(json_text_name("short"), json_text_name("short"));
    json_text j = {.what = name, .text = path, .size = 0};
    axl_error err;
    assert_int_equal(json_text_error(&j, 7, &err, "the reason %d", 42), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "/file:7: the reason 42"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_their_order),
        cmocka_unit_test(broken_text_is_refused),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(a_value_has_a_limit),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(strings_are_written_so_that_they_read_back),
        cmocka_unit_test(numbers_are_written_so_that_they_read_back),
        cmocka_unit_test(long_paths_leave_room_for_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
