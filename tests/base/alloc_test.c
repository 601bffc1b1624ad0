#include "base/alloc.h"
#include "base/error.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static void default_hook_works(void **state) {
    (void)state;
    unsigned char *block = mem_alloc(100);
    assert_non_null(block);
    memset(block, 7, 100);
    unsigned char *grown = mem_resize(block, 10000);
    assert_non_null(grown);
    for (int i = 0; i < 100; i++) assert_int_equal(grown[i], 7);
    mem_free(grown);
    void *empty = mem_alloc(0);
    assert_non_null(empty);
    mem_free(empty);
    mem_free(NULL);
    mem_free_aligned(NULL);
}

static void zeroed_under_both_hooks(void **state) {
    (void)state;
    for (int own = 0; own < 2; own++) {
        if (own) failing_alloc_install();
        unsigned char *block = mem_zalloc(1000);
        unsigned char *array = mem_zalloc_array(10, 100);
        assert_non_null(block);
        assert_non_null(array);
        for (int i = 0; i < 1000; i++) assert_int_equal(block[i] | array[i], 0);
        mem_free(block);
        mem_free(array);
        if (own) failing_alloc_remove();
    }
}

static void products_are_checked(void **state) {
    (void)state;
    failing_alloc_install();
    assert_null(mem_alloc_array(SIZE_MAX / 2, 3));
    assert_null(mem_zalloc_array(3, SIZE_MAX / 2));
    char *block = mem_alloc_array(4, 4);
    assert_null(mem_resize_array(block, SIZE_MAX, 2));
    assert_int_equal(failing_alloc_calls(), 1); // the refused ones never reach the hook
    mem_free(block);
    failing_alloc_remove();
}

static void aligned_blocks(void **state) {
    (void)state;
    failing_alloc_install();
    for (size_t align = 1; align <= 8192; align *= 2) {
        for (size_t size = 0; size < 200; size += 7) {
            unsigned char *block = mem_alloc_aligned(size, align);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % align, 0);
            memset(block, 1, size);
            mem_free_aligned(block);
        }
    }
    assert_null(mem_alloc_aligned(8, 0));
    assert_null(mem_alloc_aligned(8, 48));
    assert_null(mem_alloc_aligned(SIZE_MAX, 64));
    assert_null(mem_alloc_aligned(SIZE_MAX - 70, 64));
    assert_null(mem_alloc_aligned(64, ~(SIZE_MAX >> 1)));
    failing_alloc_fail_at(1, false);
    assert_null(mem_alloc_aligned(64, 64));
    failing_alloc_remove();
}

static void hook_gets_its_context(void **state) {
    (void)state;
    failing_alloc_install();
    void *a = mem_alloc(10);
    void *b = mem_alloc(20);
    assert_int_equal(failing_alloc_calls(), 2);
    assert_int_equal(failing_alloc_live_blocks(), 2);
    assert_int_equal(failing_alloc_live_bytes(), 30);
    a = mem_resize(a, 50);
    assert_int_equal(failing_alloc_live_bytes(), 70);
    assert_true(failing_alloc_peak_bytes() >= 70);
    mem_free(a);
    mem_free(b);
    assert_int_equal(failing_alloc_live_blocks(), 0);
    failing_alloc_remove();
}

static void fails_once_or_from_then_on(void **state) {
    (void)state;
    failing_alloc_install();
    for (int on = 0; on < 2; on++) {
        failing_alloc_fail_at(2, on);
        void *a = mem_alloc(1);
        void *b = mem_alloc(1);
        void *c = mem_alloc(1);
        assert_non_null(a);
        assert_null(b);
        assert_true((c == NULL) == (on == 1));
        assert_int_equal(failing_alloc_failures(), on ? 2 : 1);
        mem_free(a);
        mem_free(c);
    }
    failing_alloc_fail_at(2, false);
    char *kept = mem_alloc(3);
    memcpy(kept, "ab", 3);
    assert_null(mem_resize(kept, 100));
    assert_string_equal(kept, "ab"); // a failed resize leaves the block alone
    mem_free(kept);
    failing_alloc_remove();
}

// A constructor as they are written everywhere: three allocations, one cleanup.
static axl_status construct(void *ctx, axl_error *err) {
    (void)ctx;
    void *blocks[3] = {0};
    axl_status status = AXL_OK;
    for (int i = 0; i < 3 && status == AXL_OK; i++) {
        blocks[i] = mem_alloc(16);
        if (!blocks[i]) status = error_no_memory(err, "a block", 16);
    }
    for (int i = 0; i < 3; i++) mem_free(blocks[i]);
    return status;
}

static void every_failure_is_tried(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(construct, NULL), 3);
}

// What the checker must refuse: a lost block and a failure that is not reported.
static void faults_are_seen(void **state) {
    (void)state;
    failing_alloc_install();
    void *lost = mem_alloc(16);
    assert_int_equal(failing_alloc_live_blocks(), 1);
    mem_free(lost);
    assert_int_equal(failing_alloc_live_blocks(), 0);
    uint64_t foreign[8] = {0};
    mem_free(foreign + 4);
    assert_int_equal(failing_alloc_bad_frees(), 1);
    failing_alloc_install();
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_hook_works),     cmocka_unit_test(zeroed_under_both_hooks),
        cmocka_unit_test(products_are_checked),   cmocka_unit_test(aligned_blocks),
        cmocka_unit_test(hook_gets_its_context),  cmocka_unit_test(fails_once_or_from_then_on),
        cmocka_unit_test(every_failure_is_tried), cmocka_unit_test(faults_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
