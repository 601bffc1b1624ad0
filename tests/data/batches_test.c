#include "data/batches.h"

#include "data/data_case.h"
#include "os/clock.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static corpus *make_corpus(void) {
    data_file_words("a", 1, 50);
    data_file_words("b", 2, 30);
    data_file_text("c", "short");
    const corpus_spec spec = data_spec();
    return data_build(&spec);
}

static batches *open_batches(const corpus *c, uint64_t first, size_t depth, double fim_rate) {
    const batches_options o = {
        .sampler = {48, 7, fim_rate}, .batch = 5, .first = first, .depth = depth};
    batches *b = NULL;
    axl_error err = {0};
    if (batches_open(&b, c, &o, &err) != AXL_OK) fail_msg("%s", err.text);
    return b;
}

// Whatever the depth and the speed of either side, batches are the samples in their order.
static void batches_are_samples_in_order(void **state) {
    (void)state;
    corpus *c = make_corpus();
    static const size_t depths[] = {0, 1, 2, BATCHES_DEPTH_MAX};
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        batches *b = open_batches(c, 1000, depths[i], 0.3);
        sampler s;
        const sampler_options o = {48, 7, 0.3};
        assert_int_equal(sampler_init(&s, c, &o, NULL), AXL_OK);
        for (uint64_t k = 0; k < 60; k++) {
            batch got;
            assert_int_equal(batches_next(b, &got, NULL), AXL_OK);
            assert_int_equal(got.first, 1000 + 5 * k);
            assert_int_equal(got.next, 1005 + 5 * k);
            if (k % 16 == 3) os_sleep_ns(2000000);
            for (size_t r = 0; r < 5; r++) {
                uint16_t ids[48], target[48];
                assert_int_equal(sampler_sample(&s, got.first + r, ids, target, NULL), AXL_OK);
                assert_memory_equal(got.ids + r * 48, ids, sizeof ids);
                assert_memory_equal(got.target + r * 48, target, sizeof target);
            }
        }
        batches_close(b);
    }
    corpus_free(c);
}

static void a_run_goes_on_from_its_cursor(void **state) {
    (void)state;
    corpus *c = make_corpus();
    batches *whole = open_batches(c, 0, 3, 0);
    uint64_t cursor = 0;
    for (int part = 0; part < 5; part++) {
        // As after a restart, with a corpus that was built anew.
        const corpus_spec spec = data_spec();
        corpus *again = data_build(&spec);
        batches *b = open_batches(again, cursor, 2, 0);
        for (int k = 0; k < 7; k++) {
            batch x, y;
            assert_int_equal(batches_next(whole, &x, NULL), AXL_OK);
            assert_int_equal(batches_next(b, &y, NULL), AXL_OK);
            assert_int_equal(x.next, y.next);
            assert_memory_equal(x.ids, y.ids, 5 * 48 * sizeof *x.ids);
            assert_memory_equal(x.target, y.target, 5 * 48 * sizeof *x.target);
            cursor = y.next;
        }
        batches_close(b);
        corpus_free(again);
    }
    batches_close(whole);
    corpus_free(c);
}

static void closing_does_not_wait_for_the_caller(void **state) {
    (void)state;
    corpus *c = make_corpus();
    for (int i = 0; i < 50; i++) {
        batches *b = open_batches(c, 0, (size_t)i % 5, 0);
        for (int k = 0; k < i % 4; k++) {
            batch got;
            assert_int_equal(batches_next(b, &got, NULL), AXL_OK);
        }
        batches_close(b);
    }
    batches_close(NULL);
    corpus_free(c);
}

// The batches before the one that fails come as they are.
static void a_failure_comes_in_its_place(void **state) {
    (void)state;
    corpus *c = make_corpus();
    batches *b = open_batches(c, 0, 1, 0);
    batch got;
    assert_int_equal(batches_next(b, &got, NULL), AXL_OK);
    assert_int_equal(unlink(data_box_path("data/a")), 0);
    data_file_text("a", "another file");
    data_file_text("b", "another one");
    data_file_text("c", "third");
    axl_error err = {0};
    axl_status status = AXL_OK;
    uint64_t next = got.next;
    while ((status = batches_next(b, &got, &err)) == AXL_OK) {
        assert_int_equal(got.first, next);
        next = got.next;
        assert_true(next < 10000);
    }
    assert_int_equal(status, AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "was changed while it was in use"));
    for (int i = 0; i < 3; i++) assert_int_equal(batches_next(b, &got, NULL), AXL_BAD_FILE);
    assert_null(got.ids);
    batches_close(b);
    corpus_free(c);
}

static void what_cannot_be_made_is_an_error(void **state) {
    (void)state;
    corpus *c = make_corpus();
    batches *b;
    batches_options o = {.sampler = {48, 7, 0}, .batch = 0};
    assert_int_equal(batches_open(&b, c, &o, NULL), AXL_BAD_ARGUMENT);
    o = (batches_options){.sampler = {48, 7, 0}, .batch = 1, .depth = BATCHES_DEPTH_MAX + 1};
    assert_int_equal(batches_open(&b, c, &o, NULL), AXL_BAD_ARGUMENT);
    o = (batches_options){.sampler = {48, 7, 0}, .batch = SIZE_MAX / 8};
    assert_int_equal(batches_open(&b, c, &o, NULL), AXL_TOO_LARGE);
    o.batch = 2;
    static const os_call calls[] = {OS_CALL_MUTEX, OS_CALL_COND, OS_CALL_THREAD};
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        fault_plan plan;
        fault_plan_set(&plan, calls[i], 1, false, EAGAIN);
        assert_int_equal(batches_open(&b, c, &o, NULL), AXL_BUSY);
        fault_plan_clear();
        assert_null(b);
    }
    size_t bytes;
    assert_true(batches_memory(&o, &bytes));
    assert_true(bytes >= (size_t)5 * 2 * 48 * 4 && bytes < 5000);
    corpus_free(c);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(batches_are_samples_in_order),         BOXED(a_run_goes_on_from_its_cursor),
        BOXED(closing_does_not_wait_for_the_caller), BOXED(a_failure_comes_in_its_place),
        BOXED(what_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
