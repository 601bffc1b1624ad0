// Folders that appear whole, and their removal.
#include "os/staging.h"

#include "base/alloc.h"
#include "os/box.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/stale.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static axl_status put_file(const os_staging *s, const char *name, axl_error *err) {
    char path[2 * SCRATCH_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", os_staging_path(s), name);
    return os_file_replace(path, name, strlen(name), err);
}

// A folder with two files.
static axl_status make(const char *name, bool *in_place, axl_error *err) {
    os_staging *s = NULL;
    axl_status status = os_staging_begin(&s, box.folder, err);
    if (status == AXL_OK) status = put_file(s, "one", err);
    if (status == AXL_OK) status = put_file(s, "two", err);
    if (status == AXL_OK) return os_staging_commit(s, name, in_place, err);
    os_staging_abort(s);
    return status;
}

static bool is_whole(const char *name) {
    char one[64], two[64];
    snprintf(one, sizeof one, "%s/one", name);
    snprintf(two, sizeof two, "%s/two", name);
    return scratch_holds(scratch_path(&box, one), "one", 3) &&
           scratch_holds(scratch_path(&box, two), "two", 3);
}

static void it_appears_whole(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    os_staging *s = NULL;
    bool in_place = false;
    assert_int_equal(os_staging_begin(&s, box.folder, NULL), AXL_OK);
    assert_int_equal(put_file(s, "one", NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, "folder"), 0);
    assert_int_equal(put_file(s, "two", NULL), AXL_OK);
    assert_int_equal(os_staging_commit(s, "folder", &in_place, NULL), AXL_OK);
    assert_true(in_place);
    assert_true(is_whole("folder"));
    assert_int_equal(scratch_count(&box, ""), 1);
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

static void an_abort_leaves_nothing(void **state) {
    (void)state;
    os_staging *s = NULL;
    assert_int_equal(os_staging_begin(&s, box.folder, NULL), AXL_OK);
    assert_int_equal(put_file(s, "one", NULL), AXL_OK);
    os_staging_abort(s);
    os_staging_abort(NULL);
    assert_int_equal(scratch_count(&box, ""), 0);
}

static void a_name_that_is_taken_is_refused(void **state) {
    (void)state;
    axl_error err = {0};
    bool in_place = true;
    assert_int_equal(make("folder", &in_place, NULL), AXL_OK);
    assert_int_equal(make("folder", &in_place, &err), AXL_IO);
    assert_false(in_place);
    assert_non_null(strstr(err.text, "folder"));
    assert_true(is_whole("folder"));
    assert_int_equal(scratch_count(&box, ""), 1);
    os_staging *s = NULL;
    assert_int_equal(os_staging_begin(&s, scratch_path(&box, "none"), NULL), AXL_NOT_FOUND);
    assert_int_equal(os_staging_begin(&s, "", NULL), AXL_BAD_ARGUMENT);
}

// A child that is gone leaves its folder; one that lives keeps it.
static void litter_of_the_dead_is_removed(void **state) {
    (void)state;
    os_staging *living = NULL, *other = NULL;
    assert_int_equal(os_staging_begin(&living, box.folder, NULL), AXL_OK);
    for (int i = 0; i < 3; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            os_staging *s = NULL;
            if (os_staging_begin(&s, box.folder, NULL) != AXL_OK) _exit(1);
            _exit(put_file(s, "one", NULL) == AXL_OK ? 0 : 2);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(scratch_count(&box, OS_TEMP_PREFIX), 2); // the living one and the last
    }
    // A file of such a name, and a folder of another, are not ours to remove.
    scratch_text(scratch_path(&box, OS_TEMP_PREFIX "file"), "");
    assert_int_equal(mkdir(scratch_path(&box, "folder"), 0777), 0);
    assert_int_equal(os_staging_begin(&other, box.folder, NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 4);
    os_staging_abort(other);
    bool in_place;
    assert_int_equal(put_file(living, "one", NULL), AXL_OK);
    assert_int_equal(os_staging_commit(living, "living", &in_place, NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 3);
}

static void folders_are_removed(void **state) {
    (void)state;
    bool in_place;
    axl_error err = {0};
    assert_int_equal(make("folder", &in_place, NULL), AXL_OK);
    assert_int_equal(make("kept", &in_place, NULL), AXL_OK);
    assert_int_equal(os_staging_remove(box.folder, "folder", NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 1);
    assert_true(is_whole("kept"));
    assert_int_equal(os_staging_remove(box.folder, "folder", &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "folder"));
    // A link is not followed.
    assert_int_equal(symlink("kept", scratch_path(&box, "link")), 0);
    assert_int_not_equal(os_staging_remove(box.folder, "link", NULL), AXL_OK);
    assert_true(is_whole("kept"));
    // Somebody's folder inside stays.
    assert_int_equal(mkdir(scratch_path(&box, "kept/inner"), 0777), 0);
    assert_int_equal(os_staging_remove(box.folder, "kept", NULL), AXL_IO);
    assert_int_equal(scratch_count(&box, "kept"), 0);
    assert_int_equal(scratch_count(&box, OS_TEMP_PREFIX), 1);
}

static void every_call_may_fail(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    size_t failed = 0;
    for (size_t n = 1;; n++) {
        fault_plan plan;
        axl_error err = {0};
        bool in_place = false;
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        const axl_status status = make("folder", &in_place, &err);
        fault_plan_clear();
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (status == AXL_OK) assert_true(in_place);
        assert_int_equal(scratch_count(&box, ""), in_place ? 1 : 0);
        if (in_place) assert_true(is_whole("folder"));
        if (in_place) assert_int_equal(os_staging_remove(box.folder, "folder", NULL), AXL_OK);
        if (status != AXL_OK) assert_non_null(strstr(err.text, strerror(EIO)));
        if (status != AXL_OK && in_place) assert_int_equal(plan.hit, OS_CALL_SYNC_FOLDER);
        failed += status != AXL_OK;
        if (plan.hit == FAULT_ANY) break;
    }
    assert_true(failed >= 20);
}

static axl_status make_and_remove(void *ctx, axl_error *err) {
    bool in_place;
    (void)ctx;
    const axl_status status = make("folder", &in_place, err);
    return status == AXL_OK ? os_staging_remove(box.folder, "folder", err) : status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(make_and_remove, NULL) >= 4);
    assert_int_equal(scratch_count(&box, ""), 0);
}

static axl_status count_entry(void *ctx, const char *name, axl_error *err) {
    size_t *count = ctx;
    if (strcmp(name, "stop") == 0) {
        if (err) *err = (axl_error){AXL_BUSY, "stopped"};
        return AXL_BUSY;
    }
    ++*count;
    return AXL_OK;
}

static void entries_are_visited(void **state) {
    (void)state;
    size_t count = 0;
    axl_error err = {0};
    fault_plan plan;
    assert_int_equal(os_folder_each(box.folder, count_entry, &count, NULL), AXL_OK);
    assert_int_equal(count, 0);
    scratch_text(scratch_path(&box, "file"), "");
    assert_int_equal(mkdir(scratch_path(&box, "folder"), 0777), 0);
    assert_int_equal(symlink("nowhere", scratch_path(&box, ".link")), 0);
    assert_int_equal(os_folder_each(box.folder, count_entry, &count, NULL), AXL_OK);
    assert_int_equal(count, 3);
    fault_plan_set(&plan, OS_CALL_LIST, 2, false, EIO);
    assert_int_equal(os_folder_each(box.folder, count_entry, &count, &err), AXL_IO);
    assert_non_null(strstr(err.text, box.folder));
    fault_plan_clear();
    scratch_text(scratch_path(&box, "stop"), "");
    assert_int_equal(os_folder_each(box.folder, count_entry, &count, &err), AXL_BUSY);
    assert_string_equal(err.text, "stopped");
    const char *file = scratch_path(&box, "file");
    assert_int_equal(os_folder_each(file, count_entry, &count, NULL), AXL_NOT_FOUND);
}

static void folders_are_synced(void **state) {
    (void)state;
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_SYNC_FOLDER, 2, true, EIO);
    assert_int_equal(os_folder_sync(box.folder, NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_SYNC_FOLDER], 1);
    assert_int_equal(os_folder_sync(box.folder, NULL), AXL_IO);
    fault_plan_clear();
    assert_int_equal(os_folder_sync(scratch_path(&box, "none"), NULL), AXL_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(it_appears_whole),
        BOXED(an_abort_leaves_nothing),
        BOXED(a_name_that_is_taken_is_refused),
        BOXED(litter_of_the_dead_is_removed),
        BOXED(folders_are_removed),
        BOXED(every_call_may_fail),
        BOXED(failing_allocations_are_reported),
        BOXED(entries_are_visited),
        BOXED(folders_are_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
