// Containers of both versions, laid out as files.
#include "os/cgroup.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static scratch root;

static int make_root(void **state) {
    (void)state;
    scratch_make(&root);
    return 0;
}

static int remove_root(void **state) {
    (void)state;
    scratch_remove(&root);
    return 0;
}

// Writes a file below the root and makes the folders on the way.
static void put(const char *path, const char *text) {
    char full[2 * SCRATCH_PATH_MAX];
    snprintf(full, sizeof full, "%s%s", root.folder, path);
    for (char *at = full + strlen(root.folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        mkdir(full, 0777);
        *at = '/';
    }
    scratch_text(full, text);
}

static void no_files_mean_no_limit(void **state) {
    (void)state;
    assert_int_equal(os_cgroup_cpus(root.folder), SIZE_MAX);
    assert_true(os_cgroup_memory_left(root.folder) == UINT64_MAX);
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    put("/sys/fs/cgroup/memory.current", "1000\n");
    assert_int_equal(os_cgroup_cpus(root.folder), SIZE_MAX);
    assert_true(os_cgroup_memory_left(root.folder) == UINT64_MAX);
}

static void version_2_cpu_quota_is_rounded_up(void **state) {
    (void)state;
    put("/proc/self/cgroup", "0::/\n");
    const struct {
        const char *text;
        size_t cpus;
    } rows[] = {
        {"200000 100000\n", 2}, {"150000 100000\n", 2}, {"100000 100000\n", 1},
        {"1000 100000\n", 1},   {"50000 10000", 5},     {"max 100000\n", SIZE_MAX},
        {"", SIZE_MAX},         {"junk\n", SIZE_MAX},   {"200000 0\n", SIZE_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        put("/sys/fs/cgroup/cpu.max", rows[i].text);
        assert_int_equal(os_cgroup_cpus(root.folder), rows[i].cpus);
    }
}

static void the_tightest_ancestor_counts(void **state) {
    (void)state;
    put("/proc/self/cgroup", "0::/slice/unit/leaf\n");
    put("/sys/fs/cgroup/slice/cpu.max", "300000 100000\n");
    put("/sys/fs/cgroup/slice/unit/cpu.max", "800000 100000\n");
    put("/sys/fs/cgroup/slice/unit/leaf/cpu.max", "max 100000\n");
    assert_int_equal(os_cgroup_cpus(root.folder), 3);
    put("/sys/fs/cgroup/slice/memory.max", "1000000\n");
    put("/sys/fs/cgroup/slice/memory.current", "900000\n");
    put("/sys/fs/cgroup/slice/unit/leaf/memory.max", "500000\n");
    put("/sys/fs/cgroup/slice/unit/leaf/memory.current", "100000\n");
    assert_true(os_cgroup_memory_left(root.folder) == 100000);
}

static void file_cache_counts_as_free(void **state) {
    (void)state;
    put("/proc/self/cgroup", "0::/box\n");
    put("/sys/fs/cgroup/box/memory.max", "1000000\n");
    put("/sys/fs/cgroup/box/memory.current", "900000\n");
    put("/sys/fs/cgroup/box/memory.stat", "anon 1\ninactive_file 250000\nactive_file 5\n");
    assert_true(os_cgroup_memory_left(root.folder) == 350000);
    // Over the limit, as it can be for a moment.
    put("/sys/fs/cgroup/box/memory.current", "1900000\n");
    assert_true(os_cgroup_memory_left(root.folder) == 0);
}

static void version_1_is_understood(void **state) {
    (void)state;
    put("/proc/self/cgroup",
        "12:memory:/docker/abc\n4:cpuset:/docker/abc\n"
        "3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "250000\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "4096000\n");
    put("/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "96000\n");
    put("/sys/fs/cgroup/memory/docker/abc/memory.stat", "total_inactive_file 6000\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
    assert_int_equal(os_cgroup_cpus(root.folder), 3);
    assert_true(os_cgroup_memory_left(root.folder) == 4096000 - 90000);
}

// A container without a namespace of its own names a group that only the host can see; its limit is
// at the top of what is mounted.
static void unseen_groups_fall_back_to_the_top(void **state) {
    (void)state;
    put("/proc/self/cgroup", "3:cpu:/docker/abc\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(os_cgroup_cpus(root.folder), 2);
    put("/proc/self/cgroup", "0::/../../other\n");
    put("/sys/fs/cgroup/cpu.max", "400000 100000\n");
    assert_int_equal(os_cgroup_cpus(root.folder), 4);
}

static void odd_files_do_no_harm(void **state) {
    (void)state;
    char line[9000];
    memset(line, 'a', sizeof line);
    line[sizeof line - 1] = '\0';
    memcpy(line, "0::/", 4);
    put("/proc/self/cgroup", line);
    assert_int_equal(os_cgroup_cpus(root.folder), SIZE_MAX);
    const char *const texts[] = {
        "", "\n", ":", "::", "0:", "0::", "x\n\n:::\n", "0::/nowhere", "1:cpu", "1:cpu\n:/x"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        put("/proc/self/cgroup", texts[i]);
        assert_int_equal(os_cgroup_cpus(root.folder), SIZE_MAX);
        assert_true(os_cgroup_memory_left(root.folder) == UINT64_MAX);
    }
}

static void texts_are_read_and_searched(void **state) {
    (void)state;
    char out[8];
    put("/text", "0123456789");
    assert_int_equal(os_text_read(root.folder, "/text", out, sizeof out), 7);
    assert_string_equal(out, "0123456");
    assert_int_equal(os_text_read(root.folder, "/none", out, sizeof out), 0);
    assert_string_equal(out, "");
    const char *text = "MemTotal:  10 kB\nMemAvailable:\t 77 kB\nX: y\n";
    assert_true(os_text_number(text, "MemAvailable:") == 77);
    assert_true(os_text_number(text, "Available:") == UINT64_MAX);
    assert_true(os_text_number(text, "X:") == UINT64_MAX);
    assert_true(os_text_number("", "X:") == UINT64_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(no_files_mean_no_limit),       CASE(version_2_cpu_quota_is_rounded_up),
        CASE(the_tightest_ancestor_counts), CASE(file_cache_counts_as_free),
        CASE(version_1_is_understood),      CASE(unseen_groups_fall_back_to_the_top),
        CASE(odd_files_do_no_harm),         CASE(texts_are_read_and_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
