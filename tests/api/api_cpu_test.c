// What the library says of the processor and of itself.
#include "support/unit.h"

#include <axl/axl.h>

#include <stdio.h>
#include <string.h>

static void the_version_is_that_of_the_headers(void **state) {
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", AXL_VERSION_MAJOR, AXL_VERSION_MINOR,
             AXL_VERSION_PATCH);
    assert_string_equal(axl_version(), text);
}

static void the_best_level_is_the_last_that_runs(void **state) {
    (void)state;
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    assert_true(cpu.processor[0]);
    assert_true(cpu.threads >= 1);
    assert_true(cpu.memory_available > 0);
    assert_in_range(cpu.feature_count, 1, AXL_CPU_FEATURES_MAX);
    assert_in_range(cpu.level_count, 2, AXL_CPU_LEVELS_MAX);
    assert_string_equal(cpu.levels[0].name, "scalar");
    assert_true(cpu.levels[0].runs);
    const char *last = NULL;
    for (size_t i = 0; i < cpu.level_count; i++)
        if (cpu.levels[i].runs) last = cpu.levels[i].name;
    assert_string_equal(cpu.best, last);
}

static void only_levels_that_run_are_selected(void **state) {
    (void)state;
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    for (size_t i = 0; i < cpu.level_count; i++) {
        const char *level = NULL;
        axl_error err = {0};
        axl_status status = axl_cpu_select(cpu.levels[i].name, &level, &err);
        if (cpu.levels[i].runs) {
            assert_int_equal(status, AXL_OK);
            assert_string_equal(level, cpu.levels[i].name);
        } else {
            assert_int_equal(status, AXL_BAD_ARGUMENT);
            assert_null(level);
            assert_non_null(strstr(err.text, cpu.levels[i].needs));
            assert_non_null(strstr(err.text, cpu.best));
        }
    }
}

static void no_name_selects_the_best(void **state) {
    (void)state;
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    const char *level = NULL;
    assert_int_equal(axl_cpu_select(NULL, &level, NULL), AXL_OK);
    assert_string_equal(level, cpu.best);
    level = NULL;
    assert_int_equal(axl_cpu_select("", &level, NULL), AXL_OK);
    assert_string_equal(level, cpu.best);
}

static void an_unknown_level_is_refused(void **state) {
    (void)state;
    const char *level = "untouched";
    axl_error err = {0};
    assert_int_equal(axl_cpu_select("avx22", &level, &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "unknown level 'avx22', did you mean 'avx2'?");
    assert_int_equal(axl_cpu_select("a\nb\033", &level, &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "unknown level 'a?b?'");
    assert_string_equal(level, "untouched");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_that_of_the_headers),
        cmocka_unit_test(the_best_level_is_the_last_that_runs),
        cmocka_unit_test(only_levels_that_run_are_selected),
        cmocka_unit_test(no_name_selects_the_best),
        cmocka_unit_test(an_unknown_level_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
