#include "os/fault_plan.h"
#include "os/map.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES ((size_t)10000)

static scratch box;
static char content[BYTES];
static char path[SCRATCH_PATH_MAX + 64];

static int make_file(void **state) {
    (void)state;
    scratch_make(&box);
    for (size_t i = 0; i < BYTES; i++) content[i] = (char)(i * 31 >> 3);
    strcpy(path, scratch_path(&box, "file"));
    scratch_write(path, content, BYTES);
    return 0;
}

static int remove_file(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

static void views_show_the_file(void **state) {
    (void)state;
    os_map *map = NULL;
    const void *view = NULL;
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    assert_int_equal(os_map_bytes(map), BYTES);
    assert_int_equal(os_map_view(map, 0, BYTES, &view, NULL), AXL_OK);
    assert_memory_equal(view, content, BYTES);
    assert_int_equal(os_map_view(map, 4097, 100, &view, NULL), AXL_OK);
    assert_memory_equal(view, content + 4097, 100);
    assert_int_equal(os_map_view(map, BYTES, 0, &view, NULL), AXL_OK);
    assert_non_null(view);
    assert_int_equal(os_map_unchanged(map, NULL), AXL_OK);
    os_map_close(map);
    os_map_close(NULL);
}

static void ranges_are_checked_without_overflow(void **state) {
    (void)state;
    const uint64_t rows[][2] = {
        {0, BYTES + 1},           {BYTES, 1},      {BYTES + 1, 0},  {1, BYTES},
        {UINT64_MAX, 1},          {1, UINT64_MAX}, {UINT64_MAX, 0}, {BYTES, UINT64_MAX - BYTES + 1},
        {UINT64_MAX, UINT64_MAX},
    };
    os_map *map = NULL;
    char to[16];
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        axl_error err;
        const void *view = to;
        assert_int_equal(os_map_view(map, rows[i][0], rows[i][1], &view, &err), AXL_BAD_FILE);
        assert_null(view);
        assert_non_null(strstr(err.text, path));
        if (rows[i][1] > sizeof to) continue;
        const size_t bytes = (size_t)rows[i][1];
        assert_int_equal(os_map_read(map, rows[i][0], to, bytes, &err), AXL_BAD_FILE);
    }
    os_map_close(map);
}

static void reads_copy_the_file(void **state) {
    (void)state;
    os_map *map = NULL;
    char to[BYTES];
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    assert_int_equal(os_map_read(map, 0, to, BYTES, NULL), AXL_OK);
    assert_memory_equal(to, content, BYTES);
    assert_int_equal(os_map_read(map, 777, to, 1000, NULL), AXL_OK);
    assert_memory_equal(to, content + 777, 1000);
    assert_int_equal(os_map_read(map, BYTES, to, 0, NULL), AXL_OK);
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_READ, 1, true, OS_FAULT_SHORT);
    memset(to, 0, BYTES);
    assert_int_equal(os_map_read(map, 5, to, 50, NULL), AXL_OK);
    assert_int_equal(plan.seen[OS_CALL_READ], 50);
    assert_memory_equal(to, content + 5, 50);
    fault_plan_set(&plan, OS_CALL_READ, 1, false, EINTR);
    assert_int_equal(os_map_read(map, 5, to, 50, NULL), AXL_OK);
    axl_error err;
    fault_plan_set(&plan, OS_CALL_READ, 1, false, EIO);
    assert_int_equal(os_map_read(map, 5, to, 50, &err), AXL_IO);
    assert_non_null(strstr(err.text, strerror(EIO)));
    os_map_close(map);
}

// Touching a view here would be SIGBUS.
static void a_shorter_file_is_an_error_not_a_fault(void **state) {
    (void)state;
    os_map *map = NULL;
    char to[BYTES];
    axl_error err;
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(os_map_read(map, 0, to, 100, NULL), AXL_OK);
    assert_int_equal(os_map_read(map, 50, to, 51, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "shorter"));
    assert_int_equal(os_map_read(map, 5000, to, 10, &err), AXL_BAD_FILE);
    assert_int_equal(os_map_unchanged(map, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "changed"));
    os_map_close(map);
}

static void a_touched_file_is_noticed(void **state) {
    (void)state;
    os_map *map = NULL;
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(os_map_unchanged(map, NULL), AXL_BAD_FILE);
    os_map_close(map);
}

static void an_empty_file_is_fine(void **state) {
    (void)state;
    os_map *map = NULL;
    const void *view = NULL;
    scratch_text(path, "");
    assert_int_equal(os_map_open(&map, path, NULL), AXL_OK);
    assert_int_equal(os_map_bytes(map), 0);
    assert_int_equal(os_map_view(map, 0, 0, &view, NULL), AXL_OK);
    assert_non_null(view);
    assert_int_equal(os_map_view(map, 0, 1, &view, NULL), AXL_BAD_FILE);
    os_map_close(map);
}

static void only_regular_files_are_mapped(void **state) {
    (void)state;
    os_map *map = NULL;
    axl_error err;
    const char *fifo = scratch_path(&box, "fifo");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_int_equal(os_map_open(&map, fifo, &err), AXL_BAD_FILE);
    assert_int_equal(os_map_open(&map, box.folder, &err), AXL_BAD_FILE);
    assert_int_equal(os_map_open(&map, NULL, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_map_open(&map, "", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_map_open(&map, scratch_path(&box, "none"), &err), AXL_NOT_FOUND);
    assert_null(map);
}

static axl_status open_and_close(void *ctx, axl_error *err) {
    (void)ctx;
    os_map *map = NULL;
    const axl_status status = os_map_open(&map, path, err);
    os_map_close(map);
    return status;
}

static void failures_leak_nothing(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(for_each_failing_alloc(open_and_close, NULL), 2);
    failing_alloc_install();
    for (size_t n = 1;; n++) {
        fault_plan plan;
        axl_error err;
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        const axl_status status = open_and_close(NULL, &err);
        if (plan.hit == FAULT_ANY) break;
        assert_int_equal(status, AXL_IO);
        assert_non_null(strstr(err.text, path));
        assert_int_equal(scratch_free_descriptor(), descriptor);
    }
    failing_alloc_remove();
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(views_show_the_file),           CASE(ranges_are_checked_without_overflow),
        CASE(reads_copy_the_file),           CASE(a_shorter_file_is_an_error_not_a_fault),
        CASE(a_touched_file_is_noticed),     CASE(an_empty_file_is_fine),
        CASE(only_regular_files_are_mapped), CASE(failures_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
