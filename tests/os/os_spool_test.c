#include "os/spool.h"

#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BYTES ((size_t)200000)

static scratch box;
static char data[BYTES];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    for (size_t i = 0; i < BYTES; i++) data[i] = (char)(i * 131 >> 5);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

// Small and large writes; every part reads back, and nothing is in the folder meanwhile.
static axl_status write_and_read(void *ctx, axl_error *err) {
    (void)ctx;
    os_spool *s = NULL;
    axl_status status = os_spool_open(&s, box.folder, err);
    for (size_t at = 0; at < BYTES && status == AXL_OK;) {
        size_t part = at < 90000 ? 1 + at % 7000 : 70000;
        if (part > BYTES - at) part = BYTES - at;
        status = os_spool_write(s, data + at, part, err);
        at += part;
    }
    if (status == AXL_OK) status = os_spool_flush(s, err);
    for (size_t at = 0; at < BYTES && status == AXL_OK; at += 9973) {
        char out[5000];
        const size_t part = BYTES - at < sizeof out ? BYTES - at : sizeof out;
        status = os_spool_read(s, at, out, part, err);
        if (status == AXL_OK) assert_memory_equal(out, data + at, part);
    }
    assert_int_equal(scratch_count(&box, ""), 0);
    os_spool_close(s);
    return status;
}

static void what_was_written_reads_back(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(write_and_read(NULL, NULL), AXL_OK);
    assert_int_equal(scratch_free_descriptor(), descriptor);
    assert_true(for_each_failing_alloc(write_and_read, NULL) >= 2);
}

static void every_call_may_fail(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    size_t n = 1;
    for (;; n++) {
        fault_plan plan;
        axl_error err = {0};
        fault_plan_set(&plan, FAULT_ANY, n, false, ENOSPC);
        const axl_status status = write_and_read(NULL, &err);
        fault_plan_clear();
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (plan.hit == FAULT_ANY) break;
        assert_int_equal(status, AXL_IO);
        assert_non_null(strstr(err.text, box.folder));
    }
    assert_true(n > 10);
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_WRITE, 1, true, OS_FAULT_SHORT);
    assert_int_equal(write_and_read(NULL, NULL), AXL_OK);
    fault_plan_clear();
    axl_error err;
    os_spool *s;
    assert_int_equal(os_spool_open(&s, scratch_path(&box, "none"), &err), AXL_NOT_FOUND);
    assert_null(s);
    assert_int_equal(os_spool_open(&s, "", &err), AXL_BAD_ARGUMENT);
}

// Cut back to any place, in what is buffered and in what is written, and written on.
static void the_end_can_be_taken_back(void **state) {
    (void)state;
    for (size_t keep = 0; keep <= 140000; keep += 20000) {
        os_spool *s;
        char out[10];
        assert_int_equal(os_spool_open(&s, box.folder, NULL), AXL_OK);
        for (size_t at = 0; at < 140000; at += 10000)
            assert_int_equal(os_spool_write(s, data + at, 10000, NULL), AXL_OK);
        assert_int_equal(os_spool_cut(s, 140001, NULL), AXL_INTERNAL);
        assert_int_equal(os_spool_cut(s, keep, NULL), AXL_OK);
        assert_int_equal(os_spool_bytes(s), keep);
        assert_int_equal(os_spool_write(s, "new", 3, NULL), AXL_OK);
        assert_int_equal(os_spool_flush(s, NULL), AXL_OK);
        assert_int_equal(os_spool_bytes(s), keep + 3);
        assert_int_equal(os_spool_read(s, keep, out, 3, NULL), AXL_OK);
        assert_memory_equal(out, "new", 3);
        assert_int_equal(os_spool_read(s, keep, out, 4, NULL), AXL_INTERNAL);
        assert_int_equal(os_spool_read(s, keep + 4, out, 0, NULL), AXL_INTERNAL);
        if (keep > 0) {
            assert_int_equal(os_spool_read(s, keep - 10, out, 10, NULL), AXL_OK);
            assert_memory_equal(out, data + keep - 10, 10);
        }
        os_spool_close(s);
    }
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)
    const struct CMUnitTest tests[] = {
        BOXED(what_was_written_reads_back),
        BOXED(every_call_may_fail),
        BOXED(the_end_can_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
