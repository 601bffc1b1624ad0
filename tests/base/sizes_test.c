#include "base/sizes.h"
#include "support/unit.h"

#define UNTOUCHED 12345

static void products_and_sums(void **state) {
    (void)state;
    size_t out = UNTOUCHED;
    assert_true(size_mul(6, 7, &out));
    assert_int_equal(out, 42);
    assert_true(size_mul(SIZE_MAX, 1, &out));
    assert_true(out == SIZE_MAX);
    assert_true(size_mul(SIZE_MAX, 0, &out));
    assert_int_equal(out, 0);
    assert_true(size_mul((size_t)1 << 32, ((size_t)1 << 32) - 1, &out));
    assert_true(out == 0xFFFFFFFF00000000u);
    assert_true(size_add(SIZE_MAX - 1, 1, &out));
    assert_true(out == SIZE_MAX);
    assert_true(size_sub(5, 5, &out));
    assert_int_equal(out, 0);
    assert_true(size_mul3(3, 5, 7, &out));
    assert_int_equal(out, 105);
    assert_true(size_mul_add(3, 5, 7, &out));
    assert_int_equal(out, 22);
}

static void overflow_leaves_out_alone(void **state) {
    (void)state;
    size_t out = UNTOUCHED;
    assert_false(size_mul((size_t)1 << 32, (size_t)1 << 32, &out));
    assert_false(size_mul(SIZE_MAX, 2, &out));
    assert_false(size_mul(2, SIZE_MAX / 2 + 1, &out));
    assert_false(size_add(SIZE_MAX, 1, &out));
    assert_false(size_sub(4, 5, &out));
    assert_false(size_mul3(SIZE_MAX / 3, 2, 2, &out));
    assert_false(size_mul3((size_t)1 << 22, (size_t)1 << 21, (size_t)1 << 21, &out));
    assert_false(size_mul_add(SIZE_MAX, 1, 1, &out));
    assert_false(size_mul_add(SIZE_MAX, 2, 0, &out));
    assert_int_equal(out, UNTOUCHED);
}

static void alignment(void **state) {
    (void)state;
    size_t out = UNTOUCHED;
    assert_false(size_align_up(1, 0, &out));
    assert_false(size_align_up(1, 3, &out));
    assert_false(size_align_up(1, 96, &out));
    assert_false(size_align_up(SIZE_MAX - 62, 64, &out));
    assert_int_equal(out, UNTOUCHED);
    assert_true(size_align_up(SIZE_MAX - 63, 64, &out));
    assert_true(out == SIZE_MAX - 63);
    for (size_t align = 1; align <= 256; align *= 2) {
        for (size_t size = 0; size < 600; size++) {
            assert_true(size_align_up(size, align, &out));
            assert_true(out >= size && out - size < align && out % align == 0);
        }
    }
}

static void small_helpers(void **state) {
    (void)state;
    size_t out;
    assert_int_equal(size_div_up(0, 4), 0);
    assert_int_equal(size_div_up(8, 4), 2);
    assert_int_equal(size_div_up(9, 4), 3);
    assert_true(size_div_up(SIZE_MAX, 2) == SIZE_MAX / 2 + 1);
    assert_int_equal(size_min(3, 4), 3);
    assert_int_equal(size_max(3, 4), 4);
    assert_true(size_from_u64(77, &out));
    assert_int_equal(out, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_and_sums),
        cmocka_unit_test(overflow_leaves_out_alone),
        cmocka_unit_test(alignment),
        cmocka_unit_test(small_helpers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
