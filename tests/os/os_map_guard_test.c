// Files that are cut while they are mapped. Each case is a child of its own: the handler stays for
// good, and cmocka has one, too.
#include "os/map.h"
#include "os/map_guard.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "os/thread.h"
#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES ((size_t)40)

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];
static size_t page;

static int make_file(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "file"));
    page = os_page_size();
    char *content = malloc(PAGES * page - 5); // the last page is no whole one
    if (!content) return 1;
    memset(content, 7, PAGES * page - 5);
    scratch_write(path, content, PAGES * page - 5);
    free(content);
    return 0;
}

static int remove_file(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// What is wrong in a child is the line that it exits with, below 256.
#define DEMAND(true_here)                                                                          \
    do {                                                                                           \
        if (!(true_here)) return __LINE__;                                                         \
    } while (0)

static int in_child(int (*run)(void)) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        _exit(run());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void runs_well(int (*run)(void)) {
    const int status = in_child(run);
    if (WIFSIGNALED(status)) fail_msg("killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0) fail_msg("line %d", WEXITSTATUS(status));
}

static bool all_are(const volatile unsigned char *data, size_t bytes, unsigned char value) {
    for (size_t i = 0; i < bytes; i++)
        if (data[i] != value) return false;
    return true;
}

static int cut_and_look(void) {
    os_map *map;
    const void *view;
    axl_error err = {0};
    DEMAND(os_map_open(&map, path, &err) == AXL_OK);
    DEMAND(!os_map_guarded(map));
    os_map_close(map);
    DEMAND(os_map_guard(&err) == AXL_OK && os_map_guard(&err) == AXL_OK);
    DEMAND(os_map_open(&map, path, &err) == AXL_OK);
    DEMAND(os_map_guarded(map));
    os_map_advise(map);
    DEMAND(os_map_view(map, 0, os_map_bytes(map), &view, &err) == AXL_OK);
    const unsigned char *data = view;
    DEMAND(all_are(data, (PAGES - 1) * page, 7));
    DEMAND(os_map_unchanged(map, &err) == AXL_OK);
    DEMAND(truncate(path, (off_t)(10 * page)) == 0);
    DEMAND(all_are(data + 20 * page, page, 0)); // in the middle first: zeros to the end
    DEMAND(all_are(data + 30 * page, 10 * page - 5, 0));
    DEMAND(all_are(data + 10 * page, 10 * page, 0));
    DEMAND(all_are(data, 10 * page, 7));
    DEMAND(os_map_unchanged(map, &err) == AXL_BAD_FILE && strstr(err.text, "short"));
    os_map_close(map);
    // The next mapping in the same place of the list is whole again.
    DEMAND(os_map_open(&map, path, &err) == AXL_OK && os_map_bytes(map) == 10 * page);
    DEMAND(os_map_guarded(map) && os_map_unchanged(map, &err) == AXL_OK);
    os_map_close(map);
    return 0;
}

// A file that has its old length and time again is still noticed: somebody saw the gap.
static int cut_and_put_back(void) {
    os_map *map;
    const void *view;
    axl_error err = {0};
    DEMAND(os_map_guard(&err) == AXL_OK);
    DEMAND(os_map_open(&map, path, &err) == AXL_OK);
    DEMAND(os_map_view(map, 0, os_map_bytes(map), &view, &err) == AXL_OK);
    struct stat was;
    DEMAND(stat(path, &was) == 0);
    DEMAND(truncate(path, 0) == 0);
    DEMAND(all_are(view, page, 0));
    DEMAND(truncate(path, was.st_size) == 0);
    const struct timespec times[2] = {was.st_mtim, was.st_mtim};
    DEMAND(utimensat(AT_FDCWD, path, times, 0) == 0);
    DEMAND(os_map_unchanged(map, &err) == AXL_BAD_FILE);
    os_map_close(map);
    return 0;
}

static void read_all(void *view) {
    const volatile unsigned char *data = view;
    for (size_t i = 0; i < PAGES * page - 5; i += 64) (void)data[i];
}

static int cut_under_threads(void) {
    axl_error err = {0};
    DEMAND(os_map_guard(&err) == AXL_OK);
    for (size_t turn = 0; turn < 50; turn++) {
        os_map *map;
        const void *view;
        os_thread thread[3];
        if (truncate(path, (off_t)(PAGES * page - 5)) != 0) return __LINE__;
        DEMAND(os_map_open(&map, path, &err) == AXL_OK);
        DEMAND(os_map_view(map, 0, os_map_bytes(map), &view, &err) == AXL_OK);
        for (size_t i = 0; i < COUNT_OF(thread); i++)
            DEMAND(os_thread_start(&thread[i], read_all, (void *)(uintptr_t)view, &err) == AXL_OK);
        DEMAND(truncate(path, (off_t)(turn * 1000)) == 0);
        read_all((void *)(uintptr_t)view);
        for (size_t i = 0; i < COUNT_OF(thread); i++) os_thread_join(&thread[i]);
        DEMAND(os_map_unchanged(map, &err) == AXL_BAD_FILE);
        os_map_close(map);
    }
    return 0;
}

// A mapping that is not ours.
static int fault_elsewhere(void) {
    axl_error err = {0};
    DEMAND(os_map_guard(&err) == AXL_OK);
    const int fd = open(path, O_RDONLY);
    const volatile char *data = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE, fd, 0);
    DEMAND(fd >= 0 && data != MAP_FAILED && truncate(path, 0) == 0);
    return data[page];
}

static void exit_well(int number) {
    (void)number;
    _exit(42);
}

static int fault_elsewhere_with_a_handler(void) {
    signal(SIGBUS, exit_well);
    return fault_elsewhere();
}

static void a_cut_file_shows_zeros(void **state) {
    (void)state;
    runs_well(cut_and_look);
}

static void a_gap_that_was_seen_is_noticed(void **state) {
    (void)state;
    runs_well(cut_and_put_back);
}

static void threads_go_on(void **state) {
    (void)state;
#ifdef __SANITIZE_THREAD__
    // Pages are exchanged under threads that read them: that is the point, and a race to it.
    print_message("skipped: the thread sanitizer reports what is meant\n");
    skip();
#endif
    runs_well(cut_under_threads);
}

static void other_faults_are_not_ours(void **state) {
    (void)state;
    int status = in_child(fault_elsewhere);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    scratch_text(path, "again");
    status = in_child(fault_elsewhere_with_a_handler);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_cut_file_shows_zeros),
        CASE(a_gap_that_was_seen_is_noticed),
        CASE(threads_go_on),
        CASE(other_faults_are_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
