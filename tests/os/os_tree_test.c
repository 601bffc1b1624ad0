#include "os/box.h"
#include "os/tree.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void folder(const char *name) {
    assert_int_equal(mkdir(scratch_path(&box, name), 0777), 0);
}

static void file(const char *name, size_t bytes) {
    static const char content[5000];
    scratch_write(scratch_path(&box, name), content, bytes);
}

static void holds(const char *path, uint64_t files, uint64_t bytes) {
    os_tree_size size = {99, 99};
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(os_tree_count(path, &size, NULL), AXL_OK);
    assert_int_equal(scratch_free_descriptor(), descriptor);
    assert_int_equal(size.files, files);
    assert_int_equal(size.bytes, bytes);
}

// 3 files of 10 + 200 + 3000 bytes in two folders.
static void make_tree(void) {
    file("a", 10);
    folder("one");
    file("one/b", 200);
    folder("one/two");
    file("one/two/c", 3000);
    folder("one/empty");
}

static void files_below_a_folder_are_counted(void **state) {
    (void)state;
    holds(box.folder, 0, 0);
    make_tree();
    holds(box.folder, 3, 3210);
    holds(scratch_path(&box, "one"), 2, 3200);
    holds(scratch_path(&box, "one/"), 2, 3200);
    holds(scratch_path(&box, "one/empty"), 0, 0);
    holds(scratch_path(&box, "one/two/c"), 1, 3000);
    file("a", 0);
    holds(scratch_path(&box, "a"), 1, 0);
}

static void links_below_are_not_followed(void **state) {
    (void)state;
    make_tree();
    assert_int_equal(symlink("..", scratch_path(&box, "one/loop")), 0);
    assert_int_equal(symlink("../a", scratch_path(&box, "one/link")), 0);
    assert_int_equal(symlink("nowhere", scratch_path(&box, "one/dangling")), 0);
    assert_int_equal(mkfifo(scratch_path(&box, "one/fifo"), 0666), 0);
    holds(scratch_path(&box, "one"), 2, 3200);
    // The path itself is.
    assert_int_equal(symlink("one", scratch_path(&box, "door")), 0);
    holds(scratch_path(&box, "door"), 2, 3200);
    holds(scratch_path(&box, "one/link"), 1, 10);
}

static void what_cannot_be_counted_is_named(void **state) {
    (void)state;
    axl_error err;
    os_tree_size size = {99, 99};
    const char *missing = scratch_path(&box, "missing");
    assert_int_equal(os_tree_count(missing, &size, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, missing));
    assert_int_equal(size.files, 0);
    assert_int_equal(size.bytes, 0);
    assert_int_equal(os_tree_count("", &size, &err), AXL_NOT_FOUND);
    const char *fifo = scratch_path(&box, "fifo");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_int_equal(os_tree_count(fifo, &size, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "neither a file nor a folder"));
}

static void depth_has_a_limit(void **state) {
    (void)state;
    char path[SCRATCH_PATH_MAX + 2 * OS_TREE_DEPTH + 2];
    snprintf(path, sizeof path, "%s", box.folder);
    // The folder of the test is the first.
    for (int depth = 2; depth <= OS_TREE_DEPTH + 1; depth++) {
        axl_error err;
        os_tree_size size;
        strcat(path, "/d");
        assert_int_equal(mkdir(path, 0777), 0);
        const axl_status status = os_tree_count(box.folder, &size, &err);
        assert_int_equal(status, depth <= OS_TREE_DEPTH ? AXL_OK : AXL_TOO_LARGE);
        if (status != AXL_OK) assert_non_null(strstr(err.text, "/d/d/d"));
    }
}

static void every_failed_open_is_an_error(void **state) {
    (void)state;
    make_tree();
    size_t n = 1;
    for (;; n++) {
        fault_plan plan = {0};
        axl_error err = {0};
        os_tree_size size = {99, 99};
        const int descriptor = scratch_free_descriptor();
        fault_plan_set(&plan, OS_CALL_OPEN, n, false, EACCES);
        const axl_status status = os_tree_count(box.folder, &size, &err);
        fault_plan_clear();
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (plan.seen[OS_CALL_OPEN] < n) break;
        assert_int_equal(status, AXL_IO);
        // The path of one of the four folders, with no entry that was passed before.
        char named[256];
        assert_int_equal(sscanf(err.text, "cannot open the folder %255[^:]:", named), 1);
        const char *below = named + strlen(box.folder);
        assert_memory_equal(named, box.folder, strlen(box.folder));
        assert_true(!*below || !strcmp(below, "/one") || !strcmp(below, "/one/two") ||
                    !strcmp(below, "/one/empty"));
        assert_int_equal(size.files, 0);
    }
    assert_int_equal(n, 5); // four folders
    // A folder that went away between being seen and being opened.
    fault_plan plan = {0};
    os_tree_size size;
    fault_plan_set(&plan, OS_CALL_OPEN, 2, false, ENOENT);
    assert_int_equal(os_tree_count(box.folder, &size, NULL), AXL_OK);
    assert_true(size.files < 3);
}

static axl_status count_box(void *ctx, axl_error *err) {
    os_tree_size *size = ctx;
    return os_tree_count(box.folder, size, err);
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    make_tree();
    os_tree_size size;
    assert_true(for_each_failing_alloc(count_box, &size) >= 1);
    assert_int_equal(size.bytes, 3210);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(files_below_a_folder_are_counted), BOXED(links_below_are_not_followed),
        BOXED(what_cannot_be_counted_is_named),  BOXED(depth_has_a_limit),
        BOXED(every_failed_open_is_an_error),    BOXED(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
