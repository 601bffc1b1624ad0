// Making pairs through the public interface: what chance depends on, and that it can be stopped.
#include "base/alloc.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <stdio.h>
#include <string.h>

#define ROWS 40
#define KINDS 24

static scratch box;

static int open_box(void **state) {
    (void)state;
    scratch_make(&box);
    return 0;
}

static int close_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// The pairs of one task of everything below the path; skipped where the build or the machine
// cannot make them.
static axl_status make(const char *task, const char *path, axl_bench_progress *stop,
                       axl_data_make_result *result) {
    const char *const paths[] = {path};
    const axl_data_make_options o = {
        .source = {.paths = paths, .path_count = 1, .threads = 1, .progress = stop},
        .task = task,
        .out = scratch_path(&box, "out"),
        .force = true,
        .held = 0.3,
        .seed = 4};
    axl_error err;
    const axl_status status = axl_data_make(&o, result, &err);
    if (status == AXL_UNSUPPORTED) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    if (status != AXL_OK && status != AXL_INTERRUPTED) fail_msg("%s", err.text);
    return status;
}

// Adds the kinds of a file's pairs to those that are known; how many there are then.
static size_t kinds_in(char kind[KINDS][32], size_t count, const char *name) {
    void *text;
    size_t bytes;
    axl_error err;
    if (os_file_read(scratch_path(&box, name), 1 << 20, &text, &bytes, &err) != AXL_OK)
        fail_msg("%s", err.text);
    for (const char *at = text; (at = strstr(at, "\"kind\": \"")) != NULL;) {
        char one[32];
        at += strlen("\"kind\": \"");
        snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "\""), at);
        size_t i = 0;
        while (i < count && strcmp(kind[i], one) != 0) i++;
        if (i == count && count < KINDS) strcpy(kind[count++], one);
    }
    mem_free(text);
    return count;
}

// Rows that say no path, and equal paths of different projects: all of the same form, so that
// equal dice would put the same fault into each.
static void rows_have_dice_of_their_own(void **state) {
    (void)state;
    static const char *const where[] = {"", "\"path\": \"m.py\", "};
    for (size_t form = 0; form < COUNT_OF(where); form++) {
        char text[ROWS * 200], kind[KINDS][32];
        size_t size = 0;
        for (int i = 0; i < ROWS; i++)
            size += (size_t)snprintf(text + size, sizeof text - size,
                                     "{\"project\": \"p%d\", %s\"text\": \"def f(a, b):\\n    c = "
                                     "a + %d\\n    return c == b\\n\"}\n",
                                     i, where[form], 100 + i);
        scratch_text(scratch_path(&box, "rows.jsonl"), text);
        axl_data_make_result result;
        assert_int_equal(make("fix", scratch_path(&box, "rows.jsonl"), NULL, &result), AXL_OK);
        assert_int_equal(result.tasks[0].train.pairs + result.tasks[0].held.pairs, ROWS);
        size_t kinds = kinds_in(kind, 0, "out/fix/train.jsonl");
        kinds = kinds_in(kind, kinds, "out/fix/held.jsonl");
        if (kinds < 4) fail_msg("%zu kinds of %d rows", kinds, ROWS);
    }
}

// The third time it is asked; not 0 for ever after.
static int stop_soon(void *ctx, const char *what, size_t done, size_t total) {
    (void)ctx;
    (void)done;
    (void)total;
    static int asked;
    return strcmp(what, "pairs") == 0 && ++asked > 2;
}

// Code that waits for something that never comes, and is no longer than that: the call returns.
static void waiting_code_is_stopped(void **state) {
    (void)state;
    static const char waits[] =
        "def wait(total):\n    import time\n    time.sleep(1e6)\n    return total\n";
    assert_int_equal(os_folder_make(scratch_path(&box, "in"), NULL), AXL_OK);
    assert_int_equal(os_folder_make(scratch_path(&box, "in/a"), NULL), AXL_OK);
    assert_int_equal(os_folder_make(scratch_path(&box, "in/b"), NULL), AXL_OK);
    scratch_text(scratch_path(&box, "in/a/m.py"), waits);
    scratch_text(scratch_path(&box, "in/b/n.py"), "def fine(a):\n    b = a\n    return b\n");
    axl_data_make_result result;
    assert_int_equal(make("debug", scratch_path(&box, "in"), stop_soon, &result), AXL_INTERRUPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_dice_of_their_own),
        cmocka_unit_test(waiting_code_is_stopped),
    };
    return cmocka_run_group_tests(tests, open_box, close_box);
}
