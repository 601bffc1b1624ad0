// What is read of a held-out set that is too large to be read whole.
#include "eval/eval_choice.h"

#include "support/unit.h"

#include <stdlib.h>

#define HEAD EVAL_CHOICE_HEAD

static void all_that_fits_is_whole(void **state) {
    (void)state;
    const uint64_t bytes[] = {100, 0, 70000, 5};
    uint64_t heads[COUNT_OF(bytes)];
    assert_int_equal(eval_choice(bytes, 4, 70105, heads), 70105);
    assert_memory_equal(heads, bytes, sizeof bytes);
    assert_int_equal(eval_choice(bytes, 4, UINT64_MAX, heads), 70105);
    assert_memory_equal(heads, bytes, sizeof bytes);
    assert_int_equal(eval_choice(bytes, 0, 1, heads), 0);
}

// One byte too few: the longest is cut, and nothing else.
static void heads_are_as_long_as_they_can_be(void **state) {
    (void)state;
    const uint64_t bytes[] = {100, 70000, 90000, 5, 20000};
    uint64_t heads[COUNT_OF(bytes)];
    assert_int_equal(eval_choice(bytes, 5, 180104, heads), 180104);
    const uint64_t nearly[] = {100, 70000, 89999, 5, 20000};
    assert_memory_equal(heads, nearly, sizeof nearly);
    const uint64_t limit = 105 + 3 * HEAD + 2;
    assert_int_equal(eval_choice(bytes, 5, limit, heads), limit - 2);
    const uint64_t least[] = {100, HEAD, HEAD, 5, HEAD};
    assert_memory_equal(heads, least, sizeof least);
}

// A tenth of a thousand files: about every tenth.
static void others_are_left_out_evenly(void **state) {
    (void)state;
    static uint64_t bytes[1000], heads[1000];
    for (size_t i = 0; i < 1000; i++) bytes[i] = 3000 + i % 7 * 1000;
    bytes[995] = (uint64_t)1 << 40; // the middle of the last tenth
    const uint64_t limit = 600000, sum = eval_choice(bytes, 1000, limit, heads);
    assert_true(sum <= limit && sum > limit / 10 * 9);
    size_t last = 0, taken = 0;
    for (size_t i = 0; i < 1000; i++) {
        if (heads[i] == 0) continue;
        assert_true(heads[i] == (bytes[i] < HEAD ? bytes[i] : HEAD));
        assert_true(i - last <= 12);
        last = i;
        taken++;
    }
    assert_true(taken >= 95 && last >= 988);
}

static void a_small_limit_gives_one_head(void **state) {
    (void)state;
    const uint64_t bytes[] = {50000, 60000, UINT64_MAX, UINT64_MAX};
    uint64_t heads[COUNT_OF(bytes)];
    assert_int_equal(eval_choice(bytes, 2, 1, heads), 1);
    assert_int_equal(heads[0] + heads[1], 1);
    assert_int_equal(eval_choice(bytes, 2, 1000, heads), 1000);
    assert_int_equal(eval_choice(bytes, 4, 3 * HEAD, heads), 3 * HEAD);
    assert_int_equal(eval_choice(bytes, 4, 200000, heads), 200000); // sums that overflow
    assert_int_equal(heads[2], heads[3]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_fits_is_whole),
        cmocka_unit_test(heads_are_as_long_as_they_can_be),
        cmocka_unit_test(others_are_left_out_evenly),
        cmocka_unit_test(a_small_limit_gives_one_head),
    };
    return cmocka_run_group_tests_name("eval choice", tests, NULL, NULL);
}
