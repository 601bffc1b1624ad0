#include "os/append.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "log"));
    scratch_text(path, "one\n");
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

static void grows_at_its_end(void **state) {
    (void)state;
    os_append *a = NULL;
    assert_int_equal(os_append_open(&a, path, NULL), AXL_OK);
    assert_int_equal(os_append_write(a, "two\n", 4, NULL), AXL_OK);
    assert_true(scratch_holds(path, "one\ntwo\n", 8)); // at once
    assert_int_equal(os_append_write(a, "", 0, NULL), AXL_OK);
    assert_int_equal(os_append_sync(a, NULL), AXL_OK);
    os_append_close(a);
    os_append_close(NULL);
    assert_true(scratch_holds(path, "one\ntwo\n", 8));
}

static void refuses_what_is_no_file(void **state) {
    (void)state;
    os_append *a = NULL;
    axl_error err;
    assert_int_equal(os_append_open(&a, scratch_path(&box, "none"), &err), AXL_NOT_FOUND);
    assert_null(a);
    const char *fifo = scratch_path(&box, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_not_equal(os_append_open(&a, fifo, &err), AXL_OK); // and does not wait for a reader
    assert_null(a);
    assert_int_equal(os_append_open(&a, "", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_append_open(&a, NULL, &err), AXL_BAD_ARGUMENT);
}

// Short writes are finished; a full disk takes nothing, and the next line is whole.
static void a_full_disk_leaves_no_piece(void **state) {
    (void)state;
    os_append *a = NULL;
    axl_error err;
    assert_int_equal(os_append_open(&a, path, NULL), AXL_OK);
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_WRITE, 1, false, OS_FAULT_SHORT);
    assert_int_equal(os_append_write(a, "two\n", 4, &err), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_WRITE], 2);
    fault_plan_clear();
    fault_plan_set(&plan, OS_CALL_WRITE, 1, true, ENOSPC);
    assert_int_equal(os_append_write(a, "three\n", 6, &err), AXL_IO);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    fault_plan_clear();
    assert_true(scratch_holds(path, "one\ntwo\n", 8));
    assert_int_equal(os_append_write(a, "four\n", 5, &err), AXL_OK);
    os_append_close(a);
    assert_true(scratch_holds(path, "one\ntwo\nfour\n", 13));
}

// The first write moves one byte, all later calls fail, the cut too; when the disk is well again
// the next write first removes that byte.
static int tear(void *ctx, os_call call) {
    size_t *calls = ctx;
    (void)call;
    return ++*calls == 1 ? OS_FAULT_SHORT : EIO;
}

static void a_cut_that_fails_is_made_up_for(void **state) {
    (void)state;
    os_append *a = NULL;
    assert_int_equal(os_append_open(&a, path, NULL), AXL_OK);
    size_t calls = 0;
    const os_fault fault = {.before = tear, .ctx = &calls};
    os_fault_set(&fault);
    assert_int_equal(os_append_write(a, "two\n", 4, NULL), AXL_IO);
    assert_true(scratch_holds(path, "one\nt", 5));
    assert_int_equal(os_append_write(a, "two\n", 4, NULL), AXL_IO);
    os_fault_set(NULL);
    assert_true(scratch_holds(path, "one\nt", 5));
    assert_int_equal(os_append_write(a, "two\n", 4, NULL), AXL_OK);
    assert_true(scratch_holds(path, "one\ntwo\n", 8));
    os_append_close(a);
}

static void every_call_may_fail(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    for (size_t n = 1;; n++) {
        fault_plan plan;
        os_append *a = NULL;
        axl_error err;
        scratch_text(path, "one\n");
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        axl_status status = os_append_open(&a, path, &err);
        if (status == AXL_OK) status = os_append_write(a, "two\n", 4, &err);
        if (status == AXL_OK) status = os_append_sync(a, &err);
        fault_plan_clear();
        os_append_close(a);
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (plan.hit == FAULT_ANY) {
            assert_int_equal(status, AXL_OK);
            assert_int_equal(n, 5); // open, stat, write and sync each failed once
            break;
        }
        assert_int_equal(status, AXL_IO);
        assert_non_null(strstr(err.text, path));
    }
}

static axl_status append_once(void *ctx, axl_error *err) {
    (void)ctx;
    os_append *a = NULL;
    axl_status status = os_append_open(&a, path, err);
    if (status == AXL_OK) status = os_append_write(a, "x", 1, err);
    os_append_close(a);
    return status;
}

static void memory_runs_out(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(append_once, NULL) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grows_at_its_end, make_box, remove_box),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_file, make_box, remove_box),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_no_piece, make_box, remove_box),
        cmocka_unit_test_setup_teardown(a_cut_that_fails_is_made_up_for, make_box, remove_box),
        cmocka_unit_test_setup_teardown(every_call_may_fail, make_box, remove_box),
        cmocka_unit_test_setup_teardown(memory_runs_out, make_box, remove_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
