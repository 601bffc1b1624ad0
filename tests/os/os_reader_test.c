#include "os/reader.h"

#include "os/box.h"
#include "os/listing.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

static void parts_are_read_and_ends_are_seen(void **state) {
    (void)state;
    const char *path = scratch_path(&box, "file");
    scratch_text(path, "0123456789");
    int fd;
    assert_int_equal(os_reader_open(&fd, path, NULL, NULL), AXL_OK);
    for (size_t at = 0; at <= 12; at++) {
        for (size_t bytes = 0; bytes <= 12; bytes++) {
            char out[13] = "............";
            os_piece p = {at, out, bytes, 99};
            assert_int_equal(os_reader_read(fd, path, &p, NULL), AXL_OK);
            const size_t left = at < 10 ? 10 - at : 0;
            assert_int_equal(p.got, bytes < left ? bytes : left);
            assert_memory_equal(out, &"0123456789.."[at], p.got);
            assert_int_equal(out[p.got], bytes == 12 && p.got == 12 ? 0 : '.');
        }
    }
    os_reader_close(fd);
}

static void another_version_is_told_apart(void **state) {
    (void)state;
    const char *path = scratch_path(&box, "file");
    scratch_text(path, "0123456789");
    assert_int_equal(utime(path, &(struct utimbuf){1000, 1000}), 0);
    int fd;
    os_version first, now;
    assert_int_equal(os_reader_open(&fd, path, NULL, NULL), AXL_OK);
    assert_int_equal(os_reader_version(fd, path, &first, NULL), AXL_OK);
    assert_int_equal(first.bytes, 10);
    assert_int_equal(first.seconds, 1000);
    assert_int_equal(os_reader_version(fd, path, &now, NULL), AXL_OK);
    assert_true(os_version_same(&first, &now));
    assert_int_equal(utime(path, &(struct utimbuf){1000, 1001}), 0);
    assert_int_equal(os_reader_version(fd, path, &now, NULL), AXL_OK);
    assert_false(os_version_same(&first, &now));
    assert_int_equal(truncate(path, 9), 0);
    assert_int_equal(utime(path, &(struct utimbuf){1000, 1000}), 0);
    assert_int_equal(os_reader_version(fd, path, &now, NULL), AXL_OK);
    assert_false(os_version_same(&first, &now));
    os_reader_close(fd);
}

static void refusals_have_reasons(void **state) {
    (void)state;
    assert_int_equal(mkfifo(scratch_path(&box, "fifo"), 0666), 0);
    assert_int_equal(mkdir(scratch_path(&box, "folder"), 0777), 0);
    scratch_text(scratch_path(&box, "file"), "x");
    const struct {
        const char *name;
        int number;
        os_refusal why;
    } cases[] = {
        {"missing", 0, OS_REFUSAL_GONE},      {"fifo", 0, OS_REFUSAL_SPECIAL},
        {"folder", 0, OS_REFUSAL_SPECIAL},    {"file", EACCES, OS_REFUSAL_DENIED},
        {"file", EMFILE, OS_REFUSAL_CROWDED}, {"file", ENFILE, OS_REFUSAL_CROWDED},
        {"file", EIO, OS_REFUSAL_OTHER},
    };
    const int descriptor = scratch_free_descriptor();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_plan plan;
        int fd = 7;
        os_refusal why = OS_REFUSAL_NONE;
        axl_error err = {0};
        const char *path = scratch_path(&box, cases[i].name);
        fault_plan_set(&plan, OS_CALL_OPEN, cases[i].number ? 1 : 0, false, cases[i].number);
        assert_int_not_equal(os_reader_open(&fd, path, &why, &err), AXL_OK);
        fault_plan_clear();
        assert_int_equal(why, cases[i].why);
        assert_int_equal(fd, -1);
        assert_non_null(strstr(err.text, cases[i].name));
    }
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

static void make_entries(void) {
    scratch_text(scratch_path(&box, "b"), "x");
    scratch_text(scratch_path(&box, "B"), "x");
    scratch_text(scratch_path(&box, ".hidden"), "x");
    assert_int_equal(mkdir(scratch_path(&box, "a"), 0777), 0);
    assert_int_equal(mkfifo(scratch_path(&box, "z"), 0666), 0);
    assert_int_equal(symlink("a", scratch_path(&box, "to_folder")), 0);
    assert_int_equal(symlink("b", scratch_path(&box, "to_file")), 0);
    assert_int_equal(symlink("none", scratch_path(&box, "to_none")), 0);
    assert_int_equal(symlink("loop", scratch_path(&box, "loop")), 0);
}

static void a_folder_is_listed_in_order(void **state) {
    (void)state;
    make_entries();
    static const os_entry expected[] = {
        {".hidden", OS_KIND_FILE, false},    {"B", OS_KIND_FILE, false},
        {"a", OS_KIND_FOLDER, false},        {"b", OS_KIND_FILE, false},
        {"loop", OS_KIND_NONE, true},        {"to_file", OS_KIND_FILE, true},
        {"to_folder", OS_KIND_FOLDER, true}, {"to_none", OS_KIND_NONE, true},
        {"z", OS_KIND_SPECIAL, false},
    };
    os_listing list;
    assert_int_equal(os_listing_read(&list, box.folder, NULL, NULL), AXL_OK);
    assert_int_equal(list.count, COUNT_OF(expected));
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.entry[i].name, expected[i].name);
        assert_int_equal(list.entry[i].kind, expected[i].kind);
        assert_int_equal(list.entry[i].link, expected[i].link);
        os_kind kind;
        const char *path = scratch_path(&box, expected[i].name);
        assert_int_equal(os_kind_of(path, &kind, NULL), AXL_OK);
        assert_int_equal(kind, expected[i].kind);
    }
    os_listing_free(&list);
    assert_int_equal(os_listing_read(&list, scratch_path(&box, "a"), NULL, NULL), AXL_OK);
    assert_int_equal(list.count, 0);
    os_listing_free(&list);
}

static void one_file_has_many_names(void **state) {
    (void)state;
    char b[SCRATCH_PATH_MAX + 16], other[SCRATCH_PATH_MAX + 16];
    make_entries();
    snprintf(b, sizeof b, "%s", scratch_path(&box, "b"));
    snprintf(other, sizeof other, "%s/./a/../b", box.folder);
    assert_true(os_same_file(b, b));
    assert_true(os_same_file(b, other));
    assert_true(os_same_file(b, scratch_path(&box, "to_file")));
    assert_false(os_same_file(b, scratch_path(&box, "B")));
    assert_false(os_same_file(b, scratch_path(&box, "nowhere")));
    assert_false(os_same_file(scratch_path(&box, "nowhere"), scratch_path(&box, "nowhere")));
}

static axl_status list_box(void *ctx, axl_error *err) {
    (void)ctx;
    os_listing list;
    const axl_status status = os_listing_read(&list, box.folder, NULL, err);
    os_listing_free(&list);
    return status;
}

static void failures_of_a_listing_are_named(void **state) {
    (void)state;
    make_entries();
    axl_error err;
    os_listing list;
    os_refusal why;
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(os_listing_read(&list, scratch_path(&box, "none"), &why, &err), AXL_NOT_FOUND);
    assert_int_equal(why, OS_REFUSAL_GONE);
    assert_int_equal(os_listing_read(&list, scratch_path(&box, "b"), &why, &err), AXL_NOT_FOUND);
    fault_plan plan;
    for (size_t n = 1; n <= 10; n++) {
        fault_plan_set(&plan, FAULT_ANY, n, false, EACCES);
        const axl_status status = os_listing_read(&list, box.folder, &why, &err);
        fault_plan_clear();
        // The second look at a link says only where it leads.
        if (status == AXL_OK) assert_int_equal(plan.hit, OS_CALL_STAT);
        if (n == 1) assert_int_equal(why, OS_REFUSAL_DENIED);
        if (n == 1) assert_int_equal(status, AXL_IO);
        os_listing_free(&list);
    }
    fault_plan_set(&plan, OS_CALL_STAT, 1, false, EIO);
    os_kind kind;
    assert_int_equal(os_kind_of(scratch_path(&box, "b"), &kind, &err), AXL_IO);
    fault_plan_clear();
    assert_int_equal(scratch_free_descriptor(), descriptor);
    assert_true(for_each_failing_alloc(list_box, NULL) >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(parts_are_read_and_ends_are_seen),
        BOXED(another_version_is_told_apart),
        BOXED(refusals_have_reasons),
        BOXED(a_folder_is_listed_in_order),
        BOXED(failures_of_a_listing_are_named),
        BOXED(one_file_has_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
