// Detection and selection of levels.
#include "kernels/harness.h"

#include "kernels/cpu.h"
#include <string.h>

static void test_names(void **state) {
    (void)state;
    for (int i = 0; i < KERNEL_LEVELS; i++) {
        const char *name = kernels_level_name((kernel_level)i);
        assert_int_equal(kernels_level_by_name(name), i);
    }
    assert_int_equal(kernels_level_by_name("avx2"), KERNEL_AVX2);
    static const char *const wrong[] = {"", "AVX2", "avx", "avx5122", " scalar", "unknown", "sse2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(kernels_level_by_name(wrong[i]), KERNEL_LEVELS);
    assert_string_equal(kernels_level_name(KERNEL_LEVELS), "unknown");
}

static void test_detect(void **state) {
    (void)state;
    cpu_features cpu;
    memset(&cpu, 0xff, sizeof cpu);
    cpu_detect(&cpu);
    assert_non_null(memchr(cpu.brand, '\0', sizeof cpu.brand));
#if defined(__aarch64__)
    assert_true(cpu.neon);
    assert_false(cpu.avx2);
#else
    assert_false(cpu.neon);
    assert_true(cpu.avx2 || !cpu.avx512f); // every processor with the second has the first
    assert_true(cpu.avx512f || !cpu.avx512bf16);
#endif
}

static void test_levels_that_run(void **state) {
    (void)state;
    kernels k;
    assert_true(kernels_level_runs(KERNEL_SCALAR));
    assert_true(kernels_level_runs(kernels_best_level()));
    assert_false(kernels_level_runs(KERNEL_LEVELS));
    assert_false(kernels_select(KERNEL_LEVELS, &k));
    for (int i = 0; i < KERNEL_LEVELS; i++) {
        bool runs = kernels_level_runs((kernel_level)i);
        assert_int_equal(kernels_select((kernel_level)i, &k), runs);
        if (runs) assert_int_equal(k.level, i);
        if (i > (int)kernels_best_level()) assert_false(runs);
    }
#if defined(__aarch64__)
    assert_int_equal(kernels_best_level(), KERNEL_NEON);
    assert_false(kernels_level_runs(KERNEL_AVX2));
#else
    assert_false(kernels_level_runs(KERNEL_NEON));
#endif
}

// A level that does not run leaves the caller's table alone.
static void test_refusal(void **state) {
    (void)state;
    for (int i = 0; i <= KERNEL_LEVELS; i++) {
        if (kernels_level_runs((kernel_level)i)) continue;
        kernels k, before;
        memset(&k, 0x5a, sizeof k);
        memset(&before, 0x5a, sizeof before);
        assert_false(kernels_select((kernel_level)i, &k));
        assert_memory_equal(&k, &before, sizeof k);
    }
}

static void test_every_family(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        const kernels *k = level_at(l);
        case_begin("%s", level_name(l));
        assert_non_null(k->gemm_f32);
        assert_non_null(k->gemm_bf16);
        assert_non_null(k->dot);
        assert_non_null(k->attention);
        assert_non_null(k->norm);
        assert_non_null(k->rope);
        assert_non_null(k->elementwise);
        assert_non_null(k->loss);
        assert_non_null(k->update);
        assert_non_null(k->convert);
        assert_non_null(k->peak);
        case_end();
    }
}

// A family that a level has replaces the inherited one; one that it lacks stays.
static void test_inherit(void **state) {
    (void)state;
    static const convert_kernels low_convert = {0}, high_convert = {0};
    static const dot_kernels low_dot = {0};
    const kernels low = {.convert = &low_convert, .dot = &low_dot},
                  high = {.convert = &high_convert};
    kernels k = {0};
    kernels_inherit(&k, &low);
    assert_ptr_equal(k.convert, &low_convert);
    kernels_inherit(&k, &high);
    assert_ptr_equal(k.convert, &high_convert);
    assert_ptr_equal(k.dot, &low_dot);
    assert_null(k.norm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_names),           kernel_test(test_detect),
        kernel_test(test_levels_that_run), kernel_test(test_refusal),
        kernel_test(test_every_family),    kernel_test(test_inherit),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
