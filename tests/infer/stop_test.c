// Stop strings against a search of the whole text after each byte.
#include "base/rng.h"
#include "infer/stop.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static stop_string text(const char *s) {
    return (stop_string){s, strlen(s)};
}

// Whether `with` bytes at the end of t agree with the beginning of s.
static bool ends_with(const char *t, size_t size, const stop_string *s, size_t with) {
    return with <= size && memcmp(t + size - with, s->bytes, with) == 0;
}

// Feeds all of t and demands, at every byte, what the definition says.
static void follow(const stop_string *list, size_t count, const char *t, size_t size) {
    axl_error err;
    stop_matcher m;
    assert_int_equal(stop_create(&m, list, count, &err), AXL_OK);
    for (size_t n = 1; n <= size; n++) {
        size_t found = 0, held = 0;
        for (size_t i = 0; i < count; i++) {
            if (ends_with(t, n, &list[i], list[i].size) && list[i].size > found)
                found = list[i].size;
            for (size_t k = 1; k <= list[i].size; k++)
                if (k > held && ends_with(t, n, &list[i], k)) held = k;
        }
        const stop_found got = stop_push(&m, (uint8_t)t[n - 1]);
        assert_int_equal(got.size, found);
        assert_int_equal(got.held, held);
    }
    stop_free(&m);
}

static void test_known(void **state) {
    (void)state;
    const stop_string lists[][3] = {
        {text("\n\n"), text("END"), text("E")},
        {text("abab"), text("bab"), text("b")},
        {text("aaaa"), text("aaab"), text("aab")},
        {text("abcd"), text("bc"), text("\xC3\xA9")},
    };
    static const char *const texts[] = {"abc\n\n\nEND", "abababab", "aaaaaaabaaab", "xabcdxbc",
                                        "caf\xC3\xA9!"};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (size_t j = 0; j < COUNT_OF(texts); j++)
            follow(lists[i], 3, texts[j], strlen(texts[j]));
    const stop_string zero = {"\0\0x", 3};
    follow(&zero, 1, "a\0\0\0x\0\0", 7);
}

// Random strings and texts of two letters: every overlap there is.
static void test_random(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        char strings[5][9], t[120];
        stop_string list[5];
        const rng key = rng_key(seed, 0);
        uint64_t n = 0;
        const size_t count = 1 + rng_below(key, n++, 5);
        for (size_t i = 0; i < count; i++) {
            list[i] = (stop_string){strings[i], 1 + rng_below(key, n++, 9)};
            for (size_t j = 0; j < list[i].size; j++)
                strings[i][j] = (char)('a' + rng_below(key, n++, 2));
        }
        for (size_t i = 0; i < sizeof t; i++) t[i] = (char)('a' + rng_below(key, n++, 2));
        follow(list, count, t, sizeof t);
    }
}

static void test_reset_and_none(void **state) {
    (void)state;
    axl_error err;
    stop_matcher m;
    const stop_string s = text("ab");
    assert_int_equal(stop_create(&m, &s, 1, &err), AXL_OK);
    assert_int_equal(stop_push(&m, 'a').held, 1);
    stop_reset(&m);
    assert_int_equal(stop_push(&m, 'b').size, 0);
    stop_free(&m);
    assert_int_equal(stop_create(&m, NULL, 0, &err), AXL_OK);
    assert_int_equal(stop_push(&m, 'b').held, 0);
    stop_free(&m);
}

static void test_refused(void **state) {
    (void)state;
    static const uint8_t bytes[STOP_BYTES_MAX + 1];
    stop_string many[STOP_COUNT_MAX + 1];
    axl_error err;
    stop_matcher m;
    for (size_t i = 0; i < COUNT_OF(many); i++) many[i] = text("x");
    assert_int_equal(stop_create(&m, many, COUNT_OF(many), &err), AXL_BAD_ARGUMENT);
    assert_int_equal(stop_create(&m, many, STOP_COUNT_MAX, &err), AXL_OK);
    stop_free(&m);
    const stop_string empty = {bytes, 0}, large = {bytes, sizeof bytes};
    assert_int_equal(stop_create(&m, &empty, 1, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(stop_create(&m, &large, 1, &err), AXL_BAD_ARGUMENT);
    const stop_string largest = {bytes, STOP_BYTES_MAX};
    assert_int_equal(stop_create(&m, &largest, 1, &err), AXL_OK);
    for (size_t i = 1; i < STOP_BYTES_MAX; i++) assert_int_equal(stop_push(&m, 0).held, i);
    assert_int_equal(stop_push(&m, 0).size, STOP_BYTES_MAX);
    stop_free(&m);
}

static axl_status create(void *ctx, axl_error *err) {
    (void)ctx;
    const stop_string list[] = {text("one"), text("two")};
    stop_matcher m;
    const axl_status status = stop_create(&m, list, 2, err);
    stop_free(&m);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(create, NULL) >= 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),          cmocka_unit_test(test_random),
        cmocka_unit_test(test_reset_and_none), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("stop strings", tests, NULL, NULL);
}
