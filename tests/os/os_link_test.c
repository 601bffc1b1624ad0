// Hard and symbolic links that replace what was there, and the copies made instead of them.
#include "os/link.h"

#include "os/fault_plan.h"
#include "os/scratch.h"
#include "os/stale.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;
static char from[SCRATCH_PATH_MAX + 64], path[SCRATCH_PATH_MAX + 64];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(from, scratch_path(&box, "from"));
    strcpy(path, scratch_path(&box, "path"));
    scratch_text(from, "content");
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

static size_t names_of(const char *file) {
    struct stat info;
    assert_int_equal(lstat(file, &info), 0);
    return (size_t)info.st_nlink;
}

static void a_link_is_another_name(void **state) {
    (void)state;
    assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
    assert_int_equal(names_of(from), 2);
    assert_true(scratch_holds(path, "content", 7));
    // Once more, where nothing changes, and over another file.
    assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
    assert_int_equal(names_of(from), 2);
    assert_int_equal(unlink(path), 0);
    scratch_text(path, "old");
    assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
    assert_true(scratch_holds(path, "content", 7));
    assert_int_equal(scratch_count(&box, ""), 2);
}

static void relative_names_work(void **state) {
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(box.folder), 0);
    const axl_status linked = os_link_replace("path", "from", NULL);
    const axl_status pointed = os_symlink_replace("pointer", "path", NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(linked, AXL_OK);
    assert_int_equal(pointed, AXL_OK);
    assert_true(scratch_holds(scratch_path(&box, "pointer"), "content", 7));
}

static void without_links_it_is_a_copy(void **state) {
    (void)state;
    const int numbers[] = {EPERM, ENOTSUP, EMLINK, EXDEV, ENOSYS};
    const size_t bytes = 600000;
    char *big = malloc(bytes);
    for (size_t i = 0; i < bytes; i++) big[i] = (char)(i * 131 >> 5);
    scratch_write(from, big, bytes);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        fault_plan plan;
        scratch_text(path, "old");
        fault_plan_set(&plan, OS_CALL_LINK, 1, true, numbers[i]);
        assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
        assert_int_equal(os_symlink_replace(path, "from", NULL), AXL_UNSUPPORTED);
        fault_plan_clear();
        assert_int_equal(names_of(from), 1);
        assert_true(scratch_holds(path, big, bytes));
        assert_int_equal(scratch_count(&box, ""), 2);
    }
    free(big);
}

static void symbolic_links_are_replaced_and_read(void **state) {
    (void)state;
    buf text = {0};
    axl_error err = {0};
    assert_int_equal(os_symlink_read(path, &text, &err), AXL_NOT_FOUND);
    assert_int_equal(os_symlink_replace(path, "nowhere", NULL), AXL_OK);
    assert_int_equal(os_symlink_replace(path, "from", NULL), AXL_OK);
    assert_true(scratch_holds(path, "content", 7));
    buf_text(&text, "-> ");
    assert_int_equal(os_symlink_read(path, &text, NULL), AXL_OK);
    assert_string_equal(text.data, "-> from");
    assert_int_equal(os_symlink_read(from, &text, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "is no symbolic link"));
    buf_free(&text);
    // A file gives way to a link and a link to a file; what the link leads to stays.
    assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
    assert_int_equal(os_symlink_replace(path, "from", NULL), AXL_OK);
    assert_int_equal(names_of(from), 1);
    assert_int_equal(scratch_count(&box, ""), 2);
}

// What a process that was killed between its two steps leaves.
static void litter_is_used_up(void **state) {
    (void)state;
    fault_plan plan;
    char litter[128];
    fault_plan_set(&plan, OS_CALL_RENAME, 1, true, EIO);
    assert_int_equal(os_symlink_replace(path, "from", NULL), AXL_IO);
    fault_plan_clear();
    assert_int_equal(scratch_count(&box, ""), 1);
    os_temp_prefix(litter, "path");
    strcat(litter, "link");
    assert_int_equal(symlink("nowhere", scratch_path(&box, litter)), 0);
    assert_int_equal(os_symlink_replace(path, "from", NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 2);
    scratch_text(scratch_path(&box, litter), "left");
    assert_int_equal(os_link_replace(path, from, NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 2);
    assert_true(scratch_holds(path, "content", 7));
}

static void failures_leave_what_was_there(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    const int numbers[] = {EIO, EPERM}; // the second makes a copy where a link fails
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        for (size_t n = 1;; n++) {
            fault_plan plan;
            axl_error err = {0};
            scratch_text(path, "old");
            fault_plan_set(&plan, FAULT_ANY, n, false, numbers[i]);
            const axl_status status = os_link_replace(path, from, &err);
            fault_plan_clear();
            const bool is_new = status == AXL_OK;
            assert_true(scratch_holds(path, is_new ? "content" : "old", is_new ? 7 : 3));
            assert_true(is_new || strstr(err.text, strerror(numbers[i])));
            assert_int_equal(scratch_free_descriptor(), descriptor);
            assert_int_equal(scratch_count(&box, ""), 2);
            assert_int_equal(unlink(path), 0);
            if (plan.hit == FAULT_ANY) break;
        }
    }
}

static void nonsense_is_refused(void **state) {
    (void)state;
    axl_error err = {0};
    assert_int_equal(os_link_replace("", from, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(os_link_replace(NULL, from, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(os_symlink_replace("folder/", from, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_link_replace(path, scratch_path(&box, "none"), NULL), AXL_NOT_FOUND);
    assert_int_equal(os_link_replace(scratch_path(&box, "none/path"), from, NULL), AXL_NOT_FOUND);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(os_symlink_replace(path, "from", &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, strerror(EISDIR)));
    assert_int_equal(scratch_count(&box, ""), 2);
}

static axl_status copy_again(void *ctx, axl_error *err) {
    (void)ctx;
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_LINK, 1, true, EPERM);
    const axl_status status = os_link_replace(path, from, err);
    fault_plan_clear();
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(copy_again, NULL), 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_link_is_another_name),     CASE(relative_names_work),
        CASE(without_links_it_is_a_copy), CASE(symbolic_links_are_replaced_and_read),
        CASE(litter_is_used_up),          CASE(failures_leave_what_was_there),
        CASE(nonsense_is_refused),        CASE(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
