// Replacement when all goes well, and what it refuses.
#include "os/file.h"
#include "os/scratch.h"
#include "os/stale.h"
#include "os/thread.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "model.bin"));
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static mode_t mode_of(const char *name) {
    struct stat info;
    assert_int_equal(stat(name, &info), 0);
    return info.st_mode & 07777;
}

static axl_status replace_text(const char *name, const char *text, axl_error *err) {
    return os_file_replace(name, text, strlen(text), err);
}

static void makes_and_replaces(void **state) {
    (void)state;
    const mode_t mask = umask(022);
    assert_int_equal(replace_text(path, "one", NULL), AXL_OK);
    umask(mask);
    assert_true(scratch_holds(path, "one", 3));
    assert_int_equal(mode_of(path), 0644);
    assert_int_equal(replace_text(path, "second", NULL), AXL_OK);
    assert_true(scratch_holds(path, "second", 6));
    assert_int_equal(os_file_replace(path, NULL, 0, NULL), AXL_OK);
    assert_true(scratch_holds(path, "", 0));
    assert_int_equal(scratch_count(&box, ""), 1);
}

static void permissions_are_kept(void **state) {
    (void)state;
    const mode_t modes[] = {0600, 0640, 0666, 0755, 0400, 0444};
    const mode_t mask = umask(077);
    scratch_text(path, "old");
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(replace_text(path, "new", NULL), AXL_OK);
        assert_int_equal(mode_of(path), modes[i]);
    }
    umask(mask);
}

// Only root may give files away; for others the owner is themselves anyway.
static void the_owner_is_kept(void **state) {
    (void)state;
    if (geteuid() != 0) return;
    scratch_text(path, "old");
    assert_int_equal(chown(path, 12345, 23456), 0);
    assert_int_equal(replace_text(path, "new", NULL), AXL_OK);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, 12345);
    assert_int_equal(info.st_gid, 23456);
}

static void links_are_followed(void **state) {
    (void)state;
    const char *link = scratch_path(&box, "link");
    const char *lost = scratch_path(&box, "lost");
    scratch_text(path, "old");
    assert_int_equal(symlink("model.bin", link), 0);
    assert_int_equal(replace_text(link, "new", NULL), AXL_OK);
    assert_true(scratch_holds(path, "new", 3));
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(symlink("nowhere", lost), 0);
    axl_error err;
    assert_int_equal(replace_text(lost, "new", &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, lost));
}

static void hard_links_keep_the_old_version(void **state) {
    (void)state;
    const char *other = scratch_path(&box, "other");
    scratch_text(path, "old");
    assert_int_equal(link(path, other), 0);
    assert_int_equal(replace_text(path, "new", NULL), AXL_OK);
    assert_true(scratch_holds(other, "old", 3));
}

static void relative_names_work(void **state) {
    (void)state;
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(box.folder), 0);
    assert_int_equal(replace_text("model.bin", "new", NULL), AXL_OK);
    assert_int_equal(chdir(before), 0);
    assert_true(scratch_holds(path, "new", 3));
}

static void other_targets_are_refused(void **state) {
    (void)state;
    axl_error err;
    const char *fifo = scratch_path(&box, "fifo");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_int_equal(replace_text(fifo, "x", &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_int_equal(replace_text(box.folder, "x", &err), AXL_BAD_FILE);
    assert_int_equal(replace_text("/dev/null", "x", &err), AXL_BAD_FILE);
    assert_int_equal(replace_text(scratch_path(&box, "folder/"), "x", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(replace_text("", "x", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(replace_text(NULL, "x", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(replace_text("/", "x", &err), AXL_BAD_ARGUMENT);
    const char *nowhere = scratch_path(&box, "none/file");
    assert_int_equal(replace_text(nowhere, "x", &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, box.folder));
    assert_non_null(strstr(err.text, strerror(ENOENT)));
    assert_int_equal(scratch_count(&box, ""), 1);
}

// Parts of many sizes around the buffer's.
static void streams_arrive_in_order(void **state) {
    (void)state;
    const size_t parts[] = {1, 0, 65535, 1, 65536, 2, 65537, 200000, 3, 60000, 10000, 7};
    size_t total = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) total += parts[i];
    unsigned char *content = malloc(total);
    assert_non_null(content);
    for (size_t i = 0; i < total; i++) content[i] = (unsigned char)(i * 2654435761u >> 13);
    for (int reserve = 0; reserve < 2; reserve++) {
        os_replace *r = NULL;
        assert_int_equal(os_replace_begin(&r, path, NULL), AXL_OK);
        // More than is written: the rest must not stay in the file.
        if (reserve) assert_int_equal(os_replace_reserve(r, total + 100000, NULL), AXL_OK);
        size_t at = 0;
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            assert_int_equal(os_replace_write(r, content + at, parts[i], NULL), AXL_OK);
            at += parts[i];
        }
        assert_int_equal(os_replace_commit(r, NULL), AXL_OK);
        assert_true(scratch_holds(path, content, total));
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        if (reserve) assert_true((uint64_t)info.st_blocks * 512 < total + 90000);
    }
    free(content);
}

static void nothing_shows_before_the_commit(void **state) {
    (void)state;
    os_replace *r = NULL;
    scratch_text(path, "old");
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(os_replace_begin(&r, path, NULL), AXL_OK);
    assert_int_equal(os_replace_write(r, "new", 3, NULL), AXL_OK);
    assert_true(scratch_holds(path, "old", 3));
    assert_int_equal(scratch_count(&box, OS_TEMP_PREFIX), 1);
    os_replace_abort(r);
    os_replace_abort(NULL);
    assert_true(scratch_holds(path, "old", 3));
    assert_int_equal(scratch_count(&box, ""), 1);
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

// A temporary file as a killed writer of the target leaves it.
static void leave_litter(char out[SCRATCH_PATH_MAX + 64], const char *target) {
    char name[OS_TEMP_NAME_MAX];
    os_temp_name(name, target);
    strcpy(out, scratch_path(&box, name));
    scratch_text(out, "half a vers");
}

static void litter_of_the_dead_is_removed(void **state) {
    (void)state;
    char mine[SCRATCH_PATH_MAX + 64];
    char other[SCRATCH_PATH_MAX + 64];
    char held[SCRATCH_PATH_MAX + 64];
    char folder[SCRATCH_PATH_MAX + 64];
    char link[SCRATCH_PATH_MAX + 64];
    leave_litter(mine, "model.bin");
    leave_litter(other, "other.bin");
    leave_litter(held, "model.bin");
    leave_litter(folder, "model.bin");
    leave_litter(link, "model.bin");
    // Things that are not a dead writer's file: in use, a folder, a link to somebody's file.
    const int fd = open(held, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(unlink(folder), 0);
    assert_int_equal(mkdir(folder, 0777), 0);
    scratch_text(path, "old");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink(path, link), 0);

    assert_int_equal(replace_text(path, "new", NULL), AXL_OK);
    assert_int_equal(access(mine, F_OK), -1);
    assert_int_equal(access(other, F_OK), 0);
    size_t removed = 99;
    assert_int_equal(os_replace_clean(box.folder, &removed, NULL), AXL_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(access(held, F_OK), 0);
    assert_int_equal(access(folder, F_OK), 0);
    assert_int_equal(access(link, F_OK), 0);
    assert_true(scratch_holds(path, "new", 3));
    close(fd);
    assert_int_equal(os_replace_clean(box.folder, NULL, NULL), AXL_OK);
    assert_int_equal(access(held, F_OK), -1);
}

static void the_living_keep_their_files(void **state) {
    (void)state;
    os_replace *slow = NULL;
    size_t removed = 99;
    assert_int_equal(os_replace_begin(&slow, path, NULL), AXL_OK);
    assert_int_equal(replace_text(path, "quick", NULL), AXL_OK);
    assert_int_equal(os_replace_clean(box.folder, &removed, NULL), AXL_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(os_replace_write(slow, "slow", 4, NULL), AXL_OK);
    assert_int_equal(os_replace_commit(slow, NULL), AXL_OK);
    assert_true(scratch_holds(path, "slow", 4));
}

static void clean_refuses_nonsense(void **state) {
    (void)state;
    axl_error err;
    assert_int_equal(os_replace_clean(NULL, NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_replace_clean("", NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_replace_clean(scratch_path(&box, "none"), NULL, &err), AXL_NOT_FOUND);
}

#define WRITERS 3
#define VERSIONS 40

typedef struct writer {
    char letter;
    size_t failures;
} writer;

static void write_versions(void *ctx) {
    writer *w = ctx;
    char text[5000];
    memset(text, w->letter, sizeof text);
    for (int i = 0; i < VERSIONS; i++) {
        if (os_file_replace(path, text, sizeof text, NULL) != AXL_OK) w->failures++;
    }
}

static void writers_do_not_disturb_each_other(void **state) {
    (void)state;
    os_thread threads[WRITERS];
    writer writers[WRITERS] = {{.letter = 'a'}, {.letter = 'b'}, {.letter = 'c'}};
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(os_thread_start(&threads[i], write_versions, &writers[i], NULL), AXL_OK);
    }
    for (int i = 0; i < WRITERS; i++) os_thread_join(&threads[i]);
    char text[5000];
    bool found = false;
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(writers[i].failures, 0);
        memset(text, writers[i].letter, sizeof text);
        found = found || scratch_holds(path, text, sizeof text);
    }
    assert_true(found);
    assert_int_equal(scratch_count(&box, ""), 1);
}

static axl_status replace_once(void *ctx, axl_error *err) {
    (void)ctx;
    return replace_text(path, "new", err);
}

static void failing_allocations_leave_the_old_file(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(for_each_failing_alloc(replace_once, NULL), 2);
    assert_int_equal(scratch_free_descriptor(), descriptor);
    assert_int_equal(scratch_count(&box, ""), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(makes_and_replaces),
        CASE(permissions_are_kept),
        CASE(the_owner_is_kept),
        CASE(links_are_followed),
        CASE(hard_links_keep_the_old_version),
        CASE(relative_names_work),
        CASE(other_targets_are_refused),
        CASE(streams_arrive_in_order),
        CASE(nothing_shows_before_the_commit),
        CASE(litter_of_the_dead_is_removed),
        CASE(the_living_keep_their_files),
        CASE(clean_refuses_nonsense),
        CASE(writers_do_not_disturb_each_other),
        CASE(failing_allocations_leave_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
