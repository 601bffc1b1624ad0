// Each system call of a replacement fails in each way: the file is the old version or the new one,
// the caller knows which, and nothing is left behind.
#include "os/fault_plan.h"
#include "os/file.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_BYTES ((size_t)150000)

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];
static const char old[] = "the old version";
static char new[NEW_BYTES];

static int make_old(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "model.bin"));
    scratch_text(path, old);
    for (size_t i = 0; i < NEW_BYTES; i++) new[i] = (char)(i * 131 >> 5);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

// Small parts first, so that the buffer is used, then a large one.
static axl_status stream(axl_error *err) {
    os_replace *r = NULL;
    axl_status status = os_replace_begin(&r, path, err);
    if (status != AXL_OK) return status;
    status = os_replace_reserve(r, NEW_BYTES + 10, err);
    size_t at = 0;
    while (status == AXL_OK && at < NEW_BYTES) {
        const size_t part = at < 70000 ? 10000 : NEW_BYTES - at;
        status = os_replace_write(r, new + at, part, err);
        at += part;
    }
    if (status == AXL_OK) return os_replace_commit(r, err);
    // What follows a failure fails as well, with the same status.
    assert_int_equal(os_replace_write(r, new, 1, NULL), status);
    assert_int_equal(os_replace_reserve(r, 1 << 20, NULL), status);
    assert_int_equal(os_replace_commit(r, NULL), status);
    return status;
}

// These may fail without harm: a missing lock only means that litter is not recognised later.
static bool may_be_ignored(os_call call, int number) {
    return call == OS_CALL_LOCK || (call == OS_CALL_MODE && number == EPERM);
}

static void check_outcome(const fault_plan *plan, axl_status status, const axl_error *err) {
    if (status == AXL_OK) {
        assert_true(scratch_holds(path, new, NEW_BYTES));
    } else if (plan->hit == OS_CALL_SYNC_FOLDER) {
        assert_non_null(strstr(err->text, "in place, but not yet safe"));
        assert_true(scratch_holds(path, new, NEW_BYTES));
    } else {
        assert_true(scratch_holds(path, old, strlen(old)));
    }
    if (status != AXL_OK) {
        assert_non_null(strstr(err->text, box.folder));
        assert_non_null(strstr(err->text, strerror(plan->answer)));
    }
    assert_int_equal(scratch_count(&box, ""), 1);
}

static void every_call_may_fail(void **state) {
    (void)state;
    const int numbers[] = {EIO, ENOSPC, EDQUOT, EROFS, EMFILE, EACCES, EPERM};
    const int descriptor = scratch_free_descriptor();
    size_t failed[OS_CALL_COUNT] = {0};
    failing_alloc_install();
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        for (size_t n = 1;; n++) {
            fault_plan plan;
            axl_error err;
            scratch_text(path, old);
            fault_plan_set(&plan, FAULT_ANY, n, false, numbers[i]);
            const axl_status status = stream(&err);
            fault_plan_clear();
            if (plan.hit == FAULT_ANY) break;
            if (status == AXL_OK && !may_be_ignored(plan.hit, numbers[i])) {
                // Opening the folder to look for litter is the only other call that may fail.
                assert_int_equal(plan.hit, OS_CALL_OPEN);
            }
            if (status != AXL_OK) failed[plan.hit]++;
            check_outcome(&plan, status, &err);
            assert_int_equal(scratch_free_descriptor(), descriptor);
            assert_int_equal(failing_alloc_live_blocks(), 0);
        }
    }
    failing_alloc_remove();
    // Not one kind of call goes unnoticed.
    const os_call needed[] = {OS_CALL_OPEN,  OS_CALL_STAT, OS_CALL_MODE,   OS_CALL_RESERVE,
                              OS_CALL_WRITE, OS_CALL_SYNC, OS_CALL_RENAME, OS_CALL_SYNC_FOLDER};
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        assert_true(failed[needed[i]] >= COUNT_OF(numbers) - 1);
    }
}

static void everything_after_the_nth_call_may_fail(void **state) {
    (void)state;
    for (size_t n = 1;; n++) {
        fault_plan plan;
        axl_error err;
        scratch_text(path, old);
        fault_plan_set(&plan, FAULT_ANY, n, true, EIO);
        const axl_status status = stream(&err);
        fault_plan_clear();
        if (plan.hit == FAULT_ANY) break;
        assert_int_equal(status, AXL_IO);
        check_outcome(&plan, status, &err);
    }
}

static void interruptions_and_short_writes_are_finished(void **state) {
    (void)state;
    const int answers[] = {EINTR, OS_FAULT_SHORT};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        for (size_t n = 1;; n++) {
            fault_plan plan;
            axl_error err;
            scratch_text(path, old);
            fault_plan_set(&plan, FAULT_ANY, n, false, answers[i]);
            const axl_status status = stream(&err);
            fault_plan_clear();
            if (plan.hit == FAULT_ANY) break;
            // An interrupted stat or mode change does not exist; those may report it.
            if (plan.hit == OS_CALL_STAT || plan.hit == OS_CALL_MODE ||
                plan.hit == OS_CALL_RENAME) {
                check_outcome(&plan, status, &err);
                continue;
            }
            assert_int_equal(status, AXL_OK);
            check_outcome(&plan, status, &err);
        }
    }
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_WRITE, 1, true, OS_FAULT_SHORT);
    assert_int_equal(os_file_replace(path, new, 70000, NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_WRITE], 70000);
    fault_plan_clear();
    assert_true(scratch_holds(path, new, 70000));
}

// After a failed fsync the dirty pages may be gone, so a second one would lie.
static void a_failed_sync_is_not_repeated(void **state) {
    (void)state;
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_SYNC, 1, false, EIO);
    assert_int_equal(os_file_replace(path, new, NEW_BYTES, NULL), AXL_IO);
    assert_int_equal(plan.seen[OS_CALL_SYNC], 1);
    assert_int_equal(plan.seen[OS_CALL_RENAME], 0);
    fault_plan_clear();
    assert_true(scratch_holds(path, old, strlen(old)));
}

// The order that makes it durable: data, sync, rename, sync of the folder.
static void each_step_is_taken_once(void **state) {
    (void)state;
    fault_plan plan;
    fault_plan_set(&plan, FAULT_ANY, 0, false, 0);
    assert_int_equal(os_file_replace(path, new, NEW_BYTES, NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_SYNC], 1);
    assert_int_equal(plan.seen[OS_CALL_RENAME], 1);
    assert_int_equal(plan.seen[OS_CALL_SYNC_FOLDER], 1);
    fault_plan_set(&plan, OS_CALL_RENAME, 1, false, EIO);
    assert_int_equal(os_file_replace(path, new, NEW_BYTES, NULL), AXL_IO);
    assert_int_equal(plan.seen[OS_CALL_SYNC], 1);
    assert_int_equal(plan.seen[OS_CALL_SYNC_FOLDER], 0);
    fault_plan_clear();
}

// A real limit, with the real partial write in front of it.
static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {100000, 100000};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
        axl_error err;
        os_replace *r = NULL;
        if (os_file_replace(path, new, NEW_BYTES, &err) != AXL_IO) _exit(3);
        if (strstr(err.text, strerror(EFBIG)) == NULL) _exit(4);
        if (os_replace_begin(&r, path, &err) != AXL_OK) _exit(5);
        if (os_replace_write(r, new, NEW_BYTES, &err) != AXL_IO) _exit(6);
        _exit(os_replace_commit(r, &err) == AXL_IO ? 0 : 7);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(scratch_holds(path, old, strlen(old)));
    assert_int_equal(scratch_count(&box, ""), 1);
}

static void too_much_cannot_be_reserved(void **state) {
    (void)state;
    os_replace *r = NULL;
    assert_int_equal(os_replace_begin(&r, path, NULL), AXL_OK);
    assert_int_equal(os_replace_reserve(r, UINT64_MAX, NULL), AXL_BAD_ARGUMENT);
    os_replace_abort(r);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_old, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(every_call_may_fail),
        CASE(everything_after_the_nth_call_may_fail),
        CASE(interruptions_and_short_writes_are_finished),
        CASE(a_failed_sync_is_not_repeated),
        CASE(each_step_is_taken_once),
        CASE(a_full_disk_leaves_the_old_file),
        CASE(too_much_cannot_be_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
