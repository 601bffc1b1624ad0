// Making folders, and what stands in the way.
#include "os/folder.h"

#include "os/box.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *name) {
    struct stat info;
    return stat(scratch_path(&box, name), &info) == 0 && S_ISDIR(info.st_mode);
}

static axl_status make(const char *name, axl_error *err) {
    return os_folder_make(scratch_path(&box, name), err);
}

static void makes_what_is_missing(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(make("one", NULL), AXL_OK);
    assert_true(is_folder("one"));
    assert_int_equal(make("a/b/c", NULL), AXL_OK);
    assert_true(is_folder("a/b/c"));
    assert_int_equal(make("d//e///", NULL), AXL_OK);
    assert_true(is_folder("d/e"));
    assert_int_equal(make("one/./two/../three", NULL), AXL_OK);
    assert_true(is_folder("one/three"));
    assert_int_equal(scratch_count(&box, ""), 3);
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

static void what_is_there_is_fine(void **state) {
    (void)state;
    scratch_text(scratch_path(&box, "kept"), "kept");
    assert_int_equal(make("", NULL), AXL_OK);
    assert_int_equal(make("a", NULL), AXL_OK);
    assert_int_equal(make("a", NULL), AXL_OK);
    assert_int_equal(symlink("a", scratch_path(&box, "link")), 0);
    assert_int_equal(make("link", NULL), AXL_OK);
    assert_int_equal(make("link/b", NULL), AXL_OK);
    assert_true(is_folder("a/b"));
    assert_true(scratch_holds(scratch_path(&box, "kept"), "kept", 4));
    assert_int_equal(os_folder_make("/", NULL), AXL_OK);
    assert_int_equal(os_folder_make(".", NULL), AXL_OK);
}

static void relative_names_work(void **state) {
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(box.folder), 0);
    const axl_status status = os_folder_make("x/y", NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, AXL_OK);
    assert_true(is_folder("x/y"));
}

static void a_file_in_the_way_is_named(void **state) {
    (void)state;
    axl_error err = {0};
    scratch_text(scratch_path(&box, "file"), "");
    assert_int_equal(make("file", &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "file is there and is not a folder"));
    assert_int_equal(make("file/below", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(symlink("nowhere", scratch_path(&box, "dangling")), 0);
    assert_int_equal(make("dangling", &err), AXL_IO);
    assert_non_null(strstr(err.text, "cannot make the folder"));
    assert_int_equal(os_folder_make(NULL, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(os_folder_make("", NULL), AXL_BAD_ARGUMENT);
}

static void each_new_folder_is_synced(void **state) {
    (void)state;
    fault_plan plan;
    fault_plan_set(&plan, FAULT_ANY, 0, false, 0);
    assert_int_equal(make("a/b", NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_SYNC_FOLDER], 2);
    assert_int_equal(make("a/b", NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_SYNC_FOLDER], 2);
    axl_error err = {0};
    fault_plan_set(&plan, OS_CALL_SYNC_FOLDER, 1, false, EIO);
    assert_int_equal(make("c", &err), AXL_IO);
    assert_non_null(strstr(err.text, "not yet safe from a power cut"));
    fault_plan_set(&plan, OS_CALL_OPEN, 1, false, EMFILE);
    assert_int_equal(make("d", NULL), AXL_IO);
}

static axl_status make_again(void *ctx, axl_error *err) {
    return make(ctx, err);
}

static void a_failing_allocation_is_reported(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(make_again, (void *)"a/b"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(makes_what_is_missing),     BOXED(what_is_there_is_fine),
        BOXED(relative_names_work),       BOXED(a_file_in_the_way_is_named),
        BOXED(each_new_folder_is_synced), BOXED(a_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
