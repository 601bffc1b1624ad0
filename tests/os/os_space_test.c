// Room on a disk: what the system says, for paths that exist and for those that do not yet.
#include "os/space.h"

#include "os/box.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

// Others write to the disk meanwhile, so near is near enough.
static bool is_near(uint64_t bytes, const char *path) {
    struct statvfs info;
    assert_int_equal(statvfs(path, &info), 0);
    const uint64_t blocks = bytes / info.f_frsize, total = info.f_blocks;
    const uint64_t now = info.f_bavail;
    return (blocks > now ? blocks - now : now - blocks) <= total / 10;
}

static void it_is_what_the_system_says(void **state) {
    (void)state;
    uint64_t bytes = 0;
    assert_int_equal(os_space_available(box.folder, &bytes, NULL), AXL_OK);
    assert_true(bytes > 0 && is_near(bytes, box.folder));
    assert_int_equal(os_space_available("/", &bytes, NULL), AXL_OK);
    assert_true(is_near(bytes, "/"));
    assert_int_equal(os_space_available(".", &bytes, NULL), AXL_OK);
    assert_true(is_near(bytes, "."));
}

static void the_nearest_folder_is_asked(void **state) {
    (void)state;
    uint64_t bytes = 0;
    assert_int_equal(os_space_available(scratch_path(&box, "a/b/c"), &bytes, NULL), AXL_OK);
    assert_true(bytes > 0 && is_near(bytes, box.folder));
    assert_int_equal(os_space_available("no-such-folder/x", &bytes, NULL), AXL_OK);
    assert_true(is_near(bytes, "."));
    assert_int_equal(os_space_available("no-such-folder", &bytes, NULL), AXL_OK);
    assert_true(is_near(bytes, "."));
    assert_int_equal(os_space_available("/no-such-folder/x", &bytes, NULL), AXL_OK);
    assert_true(is_near(bytes, "/"));
}

static void failures_are_reported(void **state) {
    (void)state;
    uint64_t bytes = 1;
    axl_error err = {0};
    fault_plan plan;
    assert_int_equal(os_space_available("", &bytes, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(os_space_available(NULL, &bytes, NULL), AXL_BAD_ARGUMENT);
    fault_plan_set(&plan, OS_CALL_SPACE, 1, false, EIO);
    assert_int_equal(os_space_available(box.folder, &bytes, &err), AXL_IO);
    assert_int_equal(bytes, 0);
    assert_non_null(strstr(err.text, strerror(EIO)));
    fault_plan_set(&plan, OS_CALL_SPACE, 1, false, EINTR);
    assert_int_equal(os_space_available(box.folder, &bytes, &err), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_SPACE], 2);
    // Nothing above the root and above the working folder is asked.
    fault_plan_set(&plan, OS_CALL_SPACE, 1, true, ENOENT);
    assert_int_equal(os_space_available("/a/b", &bytes, NULL), AXL_NOT_FOUND);
    assert_int_equal(plan.seen[OS_CALL_SPACE], 3);
    fault_plan_set(&plan, OS_CALL_SPACE, 1, true, ENOENT);
    assert_int_equal(os_space_available("a/b", &bytes, NULL), AXL_NOT_FOUND);
    assert_int_equal(plan.seen[OS_CALL_SPACE], 3);
}

static axl_status ask_again(void *ctx, axl_error *err) {
    uint64_t bytes;
    (void)ctx;
    return os_space_available(box.folder, &bytes, err);
}

static void a_failing_allocation_is_reported(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(ask_again, NULL), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(it_is_what_the_system_says),
        BOXED(the_nearest_folder_is_asked),
        BOXED(failures_are_reported),
        BOXED(a_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
