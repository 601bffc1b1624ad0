#include "base/arena.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static void hands_out_aligned_parts(void **state) {
    (void)state;
    axl_error err;
    arena a;
    failing_alloc_install();
    assert_int_equal(arena_create(&a, 4096, &err), AXL_OK);
    assert_int_equal((uintptr_t)a.base % 64, 0);
    unsigned char *last = a.base;
    for (size_t align = 1; align <= 256; align *= 2) {
        unsigned char *part = arena_alloc(&a, 11, align);
        assert_non_null(part);
        assert_int_equal((uintptr_t)part % align, 0);
        assert_true(part >= last && part + 11 <= a.base + 4096);
        memset(part, 0xEE, 11);
        last = part + 11;
    }
    assert_null(arena_alloc(&a, 1, 0));
    assert_null(arena_alloc(&a, 1, 12));
    arena_free(&a);
    assert_null(a.base);
    arena_free(&a);
    arena_free(NULL);
    failing_alloc_remove();
}

static void fills_to_the_last_byte(void **state) {
    (void)state;
    arena a;
    assert_int_equal(arena_create(&a, 100, NULL), AXL_OK);
    assert_non_null(arena_alloc(&a, 60, 1));
    assert_null(arena_alloc(&a, 41, 1));
    assert_null(arena_alloc(&a, SIZE_MAX, 1));
    assert_null(arena_alloc(&a, SIZE_MAX - 3, 64));
    assert_null(arena_alloc(&a, 1, (size_t)1 << 40)); // the gap alone does not fit
    assert_int_equal(a.used, 60);
    assert_non_null(arena_alloc(&a, 40, 1));
    assert_null(arena_alloc(&a, 1, 1));
    assert_non_null(arena_alloc(&a, 0, 1));
    assert_int_equal(a.used, 100);
    arena_free(&a);
}

static void arrays_are_zeroed_and_checked(void **state) {
    (void)state;
    arena a;
    assert_int_equal(arena_create(&a, 1024, NULL), AXL_OK);
    memset(arena_alloc(&a, 1024, 1), 0xFF, 1024);
    arena_reset(&a);
    const uint32_t *words = arena_alloc_array(&a, 100, sizeof *words, sizeof *words);
    assert_non_null(words);
    for (int i = 0; i < 100; i++) assert_int_equal(words[i], 0);
    assert_null(arena_alloc_array(&a, SIZE_MAX / 2 + 2, 2, 1)); // the product wraps to 2
    arena_free(&a);
}

static void marks_nest(void **state) {
    (void)state;
    arena a;
    assert_int_equal(arena_create(&a, 256, NULL), AXL_OK);
    void *kept = arena_alloc(&a, 16, 16);
    const size_t outer = arena_mark(&a);
    void *first = arena_alloc(&a, 100, 16);
    const size_t inner = arena_mark(&a);
    assert_non_null(arena_alloc(&a, 100, 16));
    arena_rewind(&a, inner);
    arena_rewind(&a, outer);
    assert_ptr_equal(arena_alloc(&a, 100, 16), first);
    assert_true(a.peak >= 216);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_ptr_equal(arena_alloc(&a, 16, 16), kept);
    arena_free(&a);
}

static void borrowed_memory(void **state) {
    (void)state;
    unsigned char block[65];
    arena a = arena_over(block + 1, 64); // any start will do
    unsigned char *part = arena_alloc(&a, 16, 16);
    assert_non_null(part);
    assert_int_equal((uintptr_t)part % 16, 0);
    assert_true(part > block && part + 16 <= block + 65);
    arena_free(&a);
    arena none = arena_over(NULL, 64);
    assert_null(arena_alloc(&none, 1, 1));
}

static axl_status construct(void *ctx, axl_error *err) {
    (void)ctx;
    arena a;
    const axl_status status = arena_create(&a, 1000, err);
    if (status != AXL_OK) assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
    return status;
}

static void failure_names_the_bytes(void **state) {
    (void)state;
    assert_int_equal(for_each_failing_alloc(construct, NULL), 1);
    arena a;
    axl_error err;
    assert_int_equal(arena_create(&a, SIZE_MAX, &err), AXL_NO_MEMORY);
    assert_non_null(strstr(err.text, "18446744073709551615 bytes"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_aligned_parts),
        cmocka_unit_test(fills_to_the_last_byte),
        cmocka_unit_test(arrays_are_zeroed_and_checked),
        cmocka_unit_test(marks_nest),
        cmocka_unit_test(borrowed_memory),
        cmocka_unit_test(failure_names_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
