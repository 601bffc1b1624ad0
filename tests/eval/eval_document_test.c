// Which files a path stands for.
#include "eval/eval_document.h"

#include "os/scratch.h"
#include "os/tree.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    assert_int_equal(mkdir(scratch_path(&box, "f"), 0777), 0);
    assert_int_equal(mkdir(scratch_path(&box, "f/b"), 0777), 0);
    assert_int_equal(mkdir(scratch_path(&box, "f/empty"), 0777), 0);
    assert_int_equal(mkdir(scratch_path(&box, "f/.git"), 0777), 0);
    scratch_text(scratch_path(&box, "f/a"), "one");
    scratch_text(scratch_path(&box, "f/b/x"), "three");
    scratch_text(scratch_path(&box, "f/c"), "");
    scratch_text(scratch_path(&box, "f/.hidden"), "secret");
    scratch_text(scratch_path(&box, "f/.git/config"), "secret");
    assert_int_equal(symlink("a", scratch_path(&box, "f/link")), 0);
    assert_int_equal(symlink("..", scratch_path(&box, "f/loop")), 0);
    assert_int_equal(mkfifo(scratch_path(&box, "f/fifo"), 0666), 0);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// The files are "name:bytes " one after the other, their names below the box.
static void holds(const eval_files *f, const char *want) {
    char have[512] = "";
    for (size_t i = 0; i < f->count; i++) {
        assert_null(f->list[i].data);
        const size_t used = strlen(have);
        snprintf(have + used, sizeof have - used, "%s:%u ",
                 f->list[i].name + strlen(box.folder) + 1, (unsigned)f->list[i].bytes);
    }
    assert_string_equal(have, want);
}

static axl_status add(eval_files *f, const char *name, uint64_t limit, axl_error *err) {
    return eval_files_add(f, scratch_path(&box, name), limit, err);
}

static void test_found(void **state) {
    (void)state;
    axl_error err;
    eval_files f = {0};
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(add(&f, "f", 0, &err), AXL_OK);
    holds(&f, "f/a:3 f/b/x:5 f/c:0 ");
    eval_files_free(&f);
    assert_int_equal(add(&f, "f/", 4, &err), AXL_OK);
    holds(&f, "f/a:3 f/b/x:4 f/c:0 ");
    // What is named is taken, whatever it is called and wherever it leads.
    assert_int_equal(add(&f, "f/.hidden", 0, &err), AXL_OK);
    assert_int_equal(add(&f, "f/link", 2, &err), AXL_OK);
    assert_int_equal(add(&f, "f/.git", 0, &err), AXL_OK);
    holds(&f, "f/a:3 f/b/x:4 f/c:0 f/.hidden:6 f/link:2 f/.git/config:6 ");
    eval_files_free(&f);
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

static void test_refused(void **state) {
    (void)state;
    axl_error err;
    eval_files f = {0};
    assert_int_equal(add(&f, "missing", 0, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "missing"));
    assert_int_equal(add(&f, "f/empty", 0, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "f/empty"));
    assert_int_equal(add(&f, "f/fifo", 0, &err), AXL_BAD_FILE);
    assert_int_equal(f.count, 0);
    eval_files_free(&f);
    char path[SCRATCH_PATH_MAX + 2 * OS_TREE_DEPTH + 4];
    snprintf(path, sizeof path, "%s/f", box.folder);
    for (int depth = 1; depth <= OS_TREE_DEPTH; depth++) {
        strcat(path, "/d");
        assert_int_equal(mkdir(path, 0777), 0);
    }
    assert_int_equal(add(&f, "f", 0, &err), AXL_TOO_LARGE);
    eval_files_free(&f);
}

static axl_status add_box(void *ctx, axl_error *err) {
    (void)ctx;
    eval_files f = {0};
    const axl_status status = add(&f, "f", 0, err);
    eval_files_free(&f);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(add_box, NULL) > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found, make_box, remove_box),
        cmocka_unit_test_setup_teardown(test_refused, make_box, remove_box),
        cmocka_unit_test_setup_teardown(test_no_memory, make_box, remove_box),
    };
    return cmocka_run_group_tests_name("eval documents", tests, NULL, NULL);
}
