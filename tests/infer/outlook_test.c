// Experts change what is expected, in their order, and hear the text.
#include "infer/outlook.h"

#include "base/error.h"
#include "support/unit.h"

#include <stdbool.h>
#include <string.h>

typedef struct diary {
    float times, plus;
    bool fails;
    uint16_t heard[16];
    size_t length;
} diary;

static axl_status blend(void *ctx, float *logits, size_t vocab, axl_error *err) {
    const diary *d = ctx;
    if (d->fails) return error_set(err, AXL_NUMERIC, "no opinion");
    for (size_t i = 0; i < vocab; i++) logits[i] = logits[i] * d->times + d->plus;
    return AXL_OK;
}

static void hear(void *ctx, const uint16_t *symbols, size_t count) {
    diary *d = ctx;
    memcpy(d->heard + d->length, symbols, count * sizeof *symbols);
    d->length += count;
}

static void forget(void *ctx, uint64_t length) {
    ((diary *)ctx)->length = (size_t)length;
}

static expert expert_of(diary *d) {
    return (expert){blend, hear, forget, d};
}

static void test_alone(void **state) {
    (void)state;
    const outlook o = {0};
    float logits[3] = {1, 2, 3};
    axl_error err;
    assert_int_equal(outlook_blend(&o, logits, 3, &err), AXL_OK);
    outlook_hear(&o, &(uint16_t){5}, 1);
    outlook_forget(&o, 0);
    assert_true(logits[0] == 1 && logits[1] == 2 && logits[2] == 3);
}

static void test_order(void **state) {
    (void)state;
    outlook o = {0};
    diary first = {.times = 2, .plus = 1}, second = {.times = 10, .plus = -3};
    axl_error err;
    const expert a = expert_of(&first), b = expert_of(&second);
    assert_int_equal(outlook_add(&o, &a, &err), AXL_OK);
    assert_int_equal(outlook_add(&o, &b, &err), AXL_OK);
    float logits[2] = {1, -4};
    assert_int_equal(outlook_blend(&o, logits, 2, &err), AXL_OK);
    assert_true(logits[0] == 27 && logits[1] == -73);
    const uint16_t text[] = {256, 'a', 'b'};
    outlook_hear(&o, text, 3);
    outlook_forget(&o, 2);
    outlook_hear(&o, text, 1);
    assert_int_equal(first.length, 3);
    assert_int_equal(second.heard[2], 256);
    first.fails = true;
    assert_int_equal(outlook_blend(&o, logits, 2, &err), AXL_NUMERIC);
    assert_string_equal(err.text, "no opinion");
}

static void test_too_many(void **state) {
    (void)state;
    outlook o = {0};
    diary d = {.times = 1};
    axl_error err;
    const expert e = expert_of(&d);
    for (size_t i = 0; i < OUTLOOK_EXPERTS; i++)
        assert_int_equal(outlook_add(&o, &e, &err), AXL_OK);
    assert_int_equal(outlook_add(&o, &e, &err), AXL_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests_name("outlook", tests, NULL, NULL);
}
