#include "base/alloc.h"
#include "os/box.h"
#include "os/file.h"
#include "os/system_error.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void reads_whole_files(void **state) {
    (void)state;
    static char content[20000];
    for (size_t i = 0; i < sizeof content; i++) content[i] = (char)(i * 7);
    const size_t sizes[] = {0, 1, 4095, 4096, 20000};
    const char *path = scratch_path(&box, "file");
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        void *data = NULL;
        size_t bytes = 99;
        scratch_write(path, content, sizes[i]);
        assert_int_equal(os_file_read(path, sizes[i], &data, &bytes, NULL), AXL_OK);
        assert_int_equal(bytes, sizes[i]);
        assert_memory_equal(data, content, bytes);
        assert_int_equal(((char *)data)[bytes], 0);
        mem_free(data);
        assert_int_equal(os_file_read(path, SIZE_MAX, &data, &bytes, NULL), AXL_OK);
        assert_int_equal(bytes, sizes[i]);
        mem_free(data);
    }
}

static void limits_are_kept(void **state) {
    (void)state;
    axl_error err;
    void *data = &err;
    size_t bytes = 99;
    const char *path = scratch_path(&box, "file");
    scratch_text(path, "0123456789");
    assert_int_equal(os_file_read(path, 9, &data, &bytes, &err), AXL_TOO_LARGE);
    assert_null(data);
    assert_int_equal(bytes, 0);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "10 bytes, the limit is 9"));
    assert_int_equal(os_file_read(path, 0, &data, &bytes, &err), AXL_TOO_LARGE);
}

// /proc files say that they are empty and are not, like files that grow while they are read.
static void files_of_unknown_length_are_read(void **state) {
    (void)state;
#if defined(__linux__)
    void *data = NULL;
    size_t bytes = 0;
    axl_error err;
    assert_int_equal(os_file_read("/proc/self/status", 1 << 20, &data, &bytes, &err), AXL_OK);
    assert_true(bytes > 100 && strlen(data) == bytes);
    mem_free(data);
    assert_int_equal(os_file_read("/proc/self/status", 100, &data, &bytes, &err), AXL_TOO_LARGE);
    assert_null(data);
#endif
}

static void only_regular_files_are_read(void **state) {
    (void)state;
    void *data = NULL;
    size_t bytes = 0;
    axl_error err;
    const char *fifo = scratch_path(&box, "fifo");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_int_equal(os_file_read(fifo, 100, &data, &bytes, &err), AXL_BAD_FILE);
    assert_int_equal(os_file_read(box.folder, 100, &data, &bytes, &err), AXL_BAD_FILE);
    assert_int_equal(os_file_read("/dev/null", 100, &data, &bytes, &err), AXL_BAD_FILE);
    assert_int_equal(os_file_read("", 100, &data, &bytes, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(os_file_read(NULL, 100, &data, &bytes, &err), AXL_BAD_ARGUMENT);
    const char *none = scratch_path(&box, "none");
    assert_int_equal(os_file_read(none, 100, &data, &bytes, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, none));
    assert_non_null(strstr(err.text, strerror(ENOENT)));
}

static void failing_calls_leak_nothing(void **state) {
    (void)state;
    const char *path = scratch_path(&box, "file");
    scratch_text(path, "0123456789");
    const int descriptor = scratch_free_descriptor();
    void *data = NULL;
    size_t bytes = 0;
    failing_alloc_install();
    for (size_t n = 1;; n++) {
        fault_plan plan;
        axl_error err;
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        const axl_status status = os_file_read(path, 100, &data, &bytes, &err);
        fault_plan_clear();
        if (plan.hit == FAULT_ANY) break;
        assert_int_equal(status, AXL_IO);
        assert_non_null(strstr(err.text, path));
        assert_non_null(strstr(err.text, strerror(EIO)));
        assert_null(data);
        assert_int_equal(failing_alloc_live_blocks(), 0);
        assert_int_equal(scratch_free_descriptor(), descriptor);
    }
    mem_free(data);
    failing_alloc_remove();
}

static void interruptions_and_short_reads_are_finished(void **state) {
    (void)state;
    const char *path = scratch_path(&box, "file");
    scratch_text(path, "0123456789");
    for (size_t n = 1; n < 6; n++) {
        for (int kind = 0; kind < 2; kind++) {
            fault_plan plan;
            void *data = NULL;
            size_t bytes = 0;
            fault_plan_set(&plan, n < 4 ? OS_CALL_READ : OS_CALL_OPEN, n < 4 ? n : n - 3, kind == 1,
                           kind == 0 ? EINTR : OS_FAULT_SHORT);
            assert_int_equal(os_file_read(path, 100, &data, &bytes, NULL), AXL_OK);
            fault_plan_clear();
            assert_string_equal(data, "0123456789");
            assert_int_equal(bytes, 10);
            mem_free(data);
        }
    }
}

static axl_status read_once(void *ctx, axl_error *err) {
    void *data = NULL;
    size_t bytes = 0;
    const axl_status status = os_file_read(ctx, 1 << 20, &data, &bytes, err);
    mem_free(data);
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    char path[SCRATCH_PATH_MAX + 64];
    strcpy(path, scratch_path(&box, "file"));
    scratch_text(path, "0123456789");
    assert_true(for_each_failing_alloc(read_once, path) >= 1);
}

static void errno_values_have_a_status(void **state) {
    (void)state;
    const struct {
        int number;
        axl_status status;
    } rows[] = {{0, AXL_OK},
                {ENOENT, AXL_NOT_FOUND},
                {ENOTDIR, AXL_NOT_FOUND},
                {ENOMEM, AXL_NO_MEMORY},
                {EINVAL, AXL_BAD_ARGUMENT},
                {ENAMETOOLONG, AXL_BAD_ARGUMENT},
                {EISDIR, AXL_BAD_FILE},
                {ENODEV, AXL_UNSUPPORTED},
                {EAGAIN, AXL_BUSY},
                {EIO, AXL_IO},
                {ENOSPC, AXL_IO},
                {EACCES, AXL_IO},
                {99999, AXL_IO}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(os_status_of(rows[i].number), rows[i].status);
    }
}

static void long_paths_leave_room_for_the_reason(void **state) {
    (void)state;
    char path[1000];
    axl_error err;
    memset(path, 'a', sizeof path);
    strcpy(path + sizeof path - 5, "/end");
    assert_int_equal(os_error(&err, ENOSPC, "cannot write", path), AXL_IO);
    assert_non_null(strstr(err.text, "cannot write ...aaa"));
    assert_non_null(strstr(err.text, "/end: "));
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    // Two-byte characters: the cut is never inside one.
    for (size_t i = 0; i + 2 < sizeof path; i += 2) memcpy(path + i, "\xC3\xA4", 2);
    for (size_t odd = 0; odd < 2; odd++) {
        strcpy(path + sizeof path - 2, odd ? "x" : "");
        os_error(&err, EIO, "cannot read", path);
        assert_null(strchr(err.text, '?'));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(reads_whole_files),
        BOXED(limits_are_kept),
        BOXED(files_of_unknown_length_are_read),
        BOXED(only_regular_files_are_read),
        BOXED(failing_calls_leak_nothing),
        BOXED(interruptions_and_short_reads_are_finished),
        BOXED(failing_allocations_are_reported),
        BOXED(errno_values_have_a_status),
        BOXED(long_paths_leave_room_for_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
