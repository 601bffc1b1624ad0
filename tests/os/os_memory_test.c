// Big blocks, limits, and the guarded buffers that kernel tests rely on.
#include "base/alloc.h"
#include "os/fault_plan.h"
#include "os/guard.h"
#include "os/memory.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void blocks_are_zeroed_and_aligned(void **state) {
    (void)state;
    const size_t sizes[] = {0,
                            1,
                            63,
                            64,
                            65,
                            4096,
                            OS_HUGE_PAGE - 1,
                            OS_HUGE_PAGE,
                            OS_HUGE_PAGE + 1,
                            5 * OS_HUGE_PAGE + 12345};
    failing_alloc_install();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        const size_t bytes = sizes[i];
        unsigned char *block = os_block_alloc(bytes);
        assert_non_null(block);
        assert_int_equal(failing_alloc_live_blocks(), 1);
        const size_t align = bytes >= OS_HUGE_PAGE ? OS_HUGE_PAGE : OS_BLOCK_ALIGN;
        assert_int_equal((uintptr_t)block % align, 0);
        for (size_t k = 0; k < bytes; k++) {
            if (block[k] != 0) fail_msg("byte %zu of %zu is not zero", k, bytes);
        }
        memset(block, 0xFF, bytes);
        os_block_free(block);
        assert_int_equal(failing_alloc_live_blocks(), 0);
    }
    failing_alloc_remove();
    os_block_free(NULL);
}

static void many_blocks_do_not_overlap(void **state) {
    (void)state;
    unsigned char *blocks[8];
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        blocks[i] = os_block_alloc(OS_HUGE_PAGE + i * 4096);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)i + 1, OS_HUGE_PAGE + i * 4096);
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        assert_int_equal(blocks[i][0], i + 1);
        assert_int_equal(blocks[i][OS_HUGE_PAGE + i * 4096 - 1], i + 1);
        os_block_free(blocks[i]);
    }
}

static axl_status take_block(void *ctx, axl_error *err) {
    const size_t bytes = *(const size_t *)ctx;
    void *block = os_block_alloc(bytes);
    if (block == NULL) {
        *err = (axl_error){.code = AXL_NO_MEMORY, .text = "no block"};
        return AXL_NO_MEMORY;
    }
    os_block_free(block);
    return AXL_OK;
}

static void the_hook_can_fail_both_kinds(void **state) {
    (void)state;
    size_t small = 1000;
    size_t large = 3 * OS_HUGE_PAGE;
    assert_int_equal(for_each_failing_alloc(take_block, &small), 1);
    assert_int_equal(for_each_failing_alloc(take_block, &large), 1);
}

static void failed_mappings_leave_nothing(void **state) {
    (void)state;
    fault_plan plan;
    failing_alloc_install();
    fault_plan_set(&plan, OS_CALL_MAP, 1, false, ENOMEM);
    assert_null(os_block_alloc(OS_HUGE_PAGE));
    fault_plan_clear();
    assert_null(os_block_alloc(SIZE_MAX));
    assert_null(os_block_alloc(SIZE_MAX - OS_HUGE_PAGE));
    assert_null(os_block_alloc(SIZE_MAX / 2));
    failing_alloc_remove();
}

static void figures_are_plausible(void **state) {
    (void)state;
    const size_t page = os_page_size();
    assert_true(page >= 4096 && (page & (page - 1)) == 0);
    const uint64_t available = os_memory_available();
    assert_true(available > 1 << 20 && available < UINT64_MAX);
    const uint64_t before = os_memory_peak_rss();
    const size_t bytes = (size_t)48 << 20;
    volatile unsigned char *block = os_block_alloc(bytes);
    assert_non_null(block);
    for (size_t i = 0; i < bytes; i += 4096) block[i] = 1;
    const uint64_t peak = os_memory_peak_rss();
    os_block_free((void *)(uintptr_t)block);
    assert_true(peak >= bytes);
    assert_true(before > 1 << 16 && before < (uint64_t)64 << 30);
    assert_true(os_memory_peak_rss() >= peak);
}

// Whether the child, which runs fn, ended well.
static bool survives(void (*fn)(void *), void *ctx) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        fn(ctx);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status == 0;
}

static void limit_address_space(void *ctx) {
    (void)ctx;
    struct rlimit limit;
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long long pages = 0;
    if (file == NULL || fscanf(file, "%llu", &pages) != 1) _exit(0); // no such file: not Linux
    fclose(file);
    getrlimit(RLIMIT_AS, &limit);
    const uint64_t spare = 4 << 20;
    limit.rlim_cur = (rlim_t)(pages * os_page_size() + spare);
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    _exit(os_memory_available() <= spare ? 0 : 1);
}

static void the_address_space_limit_counts(void **state) {
    (void)state;
    assert_true(survives(limit_address_space, NULL));
}

static void touch(void *ctx) {
    volatile unsigned char *byte = ctx;
    *byte = (unsigned char)(*byte + 1);
}

static void guards_touch_the_buffer(void **state) {
    (void)state;
    const size_t page = os_page_size();
    const size_t sizes[] = {1, 7, 100, page - 1, page, page + 1, 3 * page + 5};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        os_guard g;
        assert_true(os_guard_alloc(&g, sizes[i], OS_GUARD_END));
        assert_int_equal(g.bytes, sizes[i]);
        assert_true(survives(touch, g.data));
        assert_true(survives(touch, g.data + g.bytes - 1));
        assert_false(survives(touch, g.data + g.bytes));
        os_guard_free(&g);
        assert_true(os_guard_alloc(&g, sizes[i], OS_GUARD_START));
        assert_true(survives(touch, g.data));
        assert_true(survives(touch, g.data + g.bytes - 1));
        assert_false(survives(touch, g.data - 1));
        os_guard_free(&g);
        os_guard_free(&g);
    }
}

static void gaps_are_watched(void **state) {
    (void)state;
    os_guard g;
    assert_true(os_guard_alloc(&g, 100, OS_GUARD_END));
    memset(g.data, 0, g.bytes);
    assert_true(os_guard_intact(&g));
    g.data[-1] = 0;
    assert_false(os_guard_intact(&g));
    os_guard_free(&g);
    assert_true(os_guard_alloc(&g, 100, OS_GUARD_START));
    memset(g.data, 0, g.bytes);
    assert_true(os_guard_intact(&g));
    g.data[100] = 0;
    assert_false(os_guard_intact(&g));
    os_guard_free(&g);
    assert_true(os_guard_alloc(&g, os_page_size(), OS_GUARD_START));
    memset(g.data, 0, g.bytes);
    assert_true(os_guard_intact(&g));
    os_guard_free(&g);
    assert_true(os_guard_alloc(&g, 0, OS_GUARD_END));
    assert_true(os_guard_intact(&g));
    os_guard_free(&g);
    assert_false(os_guard_alloc(&g, SIZE_MAX, OS_GUARD_END));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(many_blocks_do_not_overlap),
        cmocka_unit_test(the_hook_can_fail_both_kinds),
        cmocka_unit_test(failed_mappings_leave_nothing),
        cmocka_unit_test(figures_are_plausible),
        cmocka_unit_test(the_address_space_limit_counts),
        cmocka_unit_test(guards_touch_the_buffer),
        cmocka_unit_test(gaps_are_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
