// Each system call and each allocation of a save fails in each way: the checkpoint before is still
// found, or the new one, and nothing stands in the way of the next save.
#include "os/fault_plan.h"
#include "store/checkpoint_case.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static checkpoint_case run;
static uint64_t newest, published; // steps: of the newest checkpoint, of the model in OUT

static int make_one(void **state) {
    (void)state;
    checkpoint_case_make(&run);
    newest = published = 1;
    return checkpoint_case_save(&run, newest, 2, true, NULL) == AXL_OK ? 0 : 1;
}

static int free_run(void **state) {
    (void)state;
    fault_plan_clear();
    checkpoint_case_free(&run);
    return 0;
}

// Temporary folders among the checkpoints, and temporary names in OUT.
static size_t count_litter(void) {
    return checkpoint_case_count(&run, "", ".axl-tmp-") +
           checkpoint_case_count(&run, "checkpoints", ".axl-tmp-");
}

static size_t count_checkpoints(void) {
    return checkpoint_case_count(&run, "checkpoints", "step-");
}

// What a save that returned this must have left behind. In OUT there is a model whatever happened.
static void check_outcome(axl_status status, const axl_error *err) {
    const uint64_t before = newest;
    const bool there = strstr(err->text, "is saved, but");
    newest = checkpoint_case_load(&run);
    assert_int_equal(newest, status == AXL_OK || there ? before + 1 : before);
    const uint64_t out = checkpoint_case_out(&run);
    assert_true(out == newest || (status != AXL_OK && out == published));
    published = out;
}

// The next save without a fault leaves no trace of the failed ones.
static void assert_recovers(void) {
    axl_error err = {AXL_OK, ""};
    if (checkpoint_case_save(&run, ++newest, 1, true, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_int_equal(checkpoint_case_load(&run), newest);
    assert_int_equal(checkpoint_case_out(&run), newest);
    published = newest;
    assert_int_equal(count_litter(), 0);
    assert_int_equal(count_checkpoints(), 1);
}

// A save of the next step with the n-th call, or all from there on, getting an answer. False when
// there are not so many calls.
static bool save_with_fault(fault_plan *faults, size_t n, bool on, int answer) {
    axl_error err = {AXL_OK, ""};
    assert_recovers(); // one checkpoint, so that each time the same calls are made
    const int descriptor = scratch_free_descriptor();
    failing_alloc_install();
    fault_plan_set(faults, FAULT_ANY, n, on, answer);
    const axl_status status = checkpoint_case_save(&run, newest + 1, 1, true, &err);
    fault_plan_clear();
    failing_alloc_remove();
    assert_int_equal(scratch_free_descriptor(), descriptor);
    if (status != AXL_OK) assert_int_equal(err.code, status);
    check_outcome(status, &err);
    if (status != AXL_OK && answer > 0) {
        // EINTR and so on aside, the device is to blame: exit code 4.
        assert_int_equal(status, AXL_IO);
        assert_non_null(strstr(err.text, strerror(answer)));
    }
    return faults->hit != FAULT_ANY;
}

static void every_call_may_fail(void **state) {
    (void)state;
    static const int numbers[] = {EIO, ENOSPC, EDQUOT, EROFS, EMFILE, EACCES};
    size_t hits[OS_CALL_COUNT + 1] = {0}, calls = 0;
    fault_plan faults;
    for (size_t n = 1; save_with_fault(&faults, n, false, numbers[n % COUNT_OF(numbers)]); n++) {
        hits[faults.hit]++;
        calls = n;
    }
    print_message("%zu system calls\n", calls);
    const os_call needed[] = {OS_CALL_OPEN,   OS_CALL_STAT,        OS_CALL_LOCK, OS_CALL_RESERVE,
                              OS_CALL_READ,   OS_CALL_WRITE,       OS_CALL_SYNC, OS_CALL_RENAME,
                              OS_CALL_REMOVE, OS_CALL_SYNC_FOLDER, OS_CALL_MAKE, OS_CALL_LINK,
                              OS_CALL_LIST,   OS_CALL_SPACE,       OS_CALL_MAP};
    for (size_t i = 0; i < COUNT_OF(needed); i++) assert_true(hits[needed[i]] > 0);
    assert_recovers();
}

static void everything_after_the_nth_call_may_fail(void **state) {
    (void)state;
    fault_plan faults;
    size_t calls = 0;
    while (save_with_fault(&faults, calls + 1, true, calls % 2 ? EIO : ENOSPC)) calls++;
    assert_true(calls > 100);
    assert_recovers();
}

static void short_writes_are_finished(void **state) {
    (void)state;
    fault_plan faults;
    size_t calls = 0;
    while (save_with_fault(&faults, calls + 1, false, OS_FAULT_SHORT)) calls++;
    assert_true(calls > 100);
    assert_recovers();
}

static int note_call(void *ctx, os_call call) {
    static const char letters[OS_CALL_COUNT] = {[OS_CALL_SYNC] = 's',
                                                [OS_CALL_RENAME] = 'r',
                                                [OS_CALL_SYNC_FOLDER] = 'F',
                                                [OS_CALL_LINK] = 'l',
                                                [OS_CALL_REMOVE] = 'x'};
    char *end = ctx;
    end += strlen(end);
    if (letters[call] && strlen(ctx) < 100) *end = letters[call];
    return 0;
}

// What makes it durable is the order, which nothing but a power cut would show: four files, each
// synced before its name and the name after; their folder; its name; then OUT, and only when that
// is safe the removal of the old one, a rename and four files and a folder.
static void the_order_is_kept(void **state) {
    (void)state;
    char order[128] = "";
    const os_fault fault = {.before = note_call, .ctx = order};
    os_fault_set(&fault);
    const axl_status status = checkpoint_case_save(&run, 2, 1, true, NULL);
    os_fault_set(NULL);
    assert_int_equal(status, AXL_OK);
    assert_string_equal(order,
                        "srFsrFsrFsrF"
                        "FrF"
                        "lrlrF"
                        "rxxxxx");
}

// A real limit, with the real partial write in front of it, at many places of both big files.
static void a_full_disk_leaves_the_old_one(void **state) {
    (void)state;
    size_t refused = 0;
    for (rlim_t bytes = 100;; bytes = bytes * 4 / 3, refused++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const struct rlimit limit = {bytes, bytes};
            axl_error err = {AXL_OK, ""};
            signal(SIGXFSZ, SIG_IGN);
            if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
            const axl_status status = checkpoint_case_save(&run, newest + 1, 1, false, &err);
            _exit(status == AXL_IO && strstr(err.text, strerror(EFBIG)) ? 0 : 3);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status != 0) break; // the limit is beyond every file
        assert_int_equal(checkpoint_case_load(&run), newest);
        assert_int_equal(checkpoint_case_out(&run), newest);
        assert_int_equal(count_litter(), 0);
    }
    assert_true(refused > 15);
    assert_int_equal(checkpoint_case_load(&run), ++newest);
    assert_recovers();
}

// Saves and takes the checkpoint away again, so that each time the same allocations are made.
static axl_status save_once(void *ctx, axl_error *err) {
    static const char *const files[] = {"config.json", "generation_config.json",
                                        "model.safetensors", "state.safetensors", ""};
    uint64_t *step = ctx;
    const axl_status status = checkpoint_case_save(&run, ++*step, 9, true, err);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char name[128];
        snprintf(name, sizeof name, "checkpoints/step-%010d/%s", (int)*step, files[i]);
        const int removed = remove(checkpoint_case_path(&run, name));
        if (status == AXL_OK) assert_int_equal(removed, 0);
    }
    assert_int_equal(count_litter(), 0);
    return status;
}

static axl_status find_and_load(void *ctx, axl_error *err) {
    (void)ctx;
    checkpoint_found f;
    axl_status status = checkpoint_find(&f, run.out, err);
    if (status == AXL_OK) status = checkpoint_load(&f, &run.other, &run.scalar, err);
    checkpoint_found_free(&f);
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    uint64_t step = newest;
    assert_true(for_each_failing_alloc(save_once, &step) >= 40);
    assert_int_equal(checkpoint_case_load(&run), newest);
    // Also with a damaged one to tell of.
    assert_int_equal(checkpoint_case_save(&run, ++step, 9, false, NULL), AXL_OK);
    char name[128];
    snprintf(name, sizeof name, "checkpoints/step-%010d/config.json", (int)step);
    scratch_text(checkpoint_case_path(&run, name), "");
    assert_true(for_each_failing_alloc(find_and_load, NULL) >= 40);
    assert_int_equal(checkpoint_case_load(&run), newest);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_one, free_run)

int main(void) {
    // Thousands of saves, and nothing here depends on what a disk does: memory if possible.
    if (access("/dev/shm", W_OK) == 0) (void)setenv("TMPDIR", "/dev/shm", 0);
    const struct CMUnitTest tests[] = {
        CASE(every_call_may_fail),
        CASE(everything_after_the_nth_call_may_fail),
        CASE(short_writes_are_finished),
        CASE(the_order_is_kept),
        CASE(a_full_disk_leaves_the_old_one),
        CASE(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
