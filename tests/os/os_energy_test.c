// Counters in a tree of our own: which of them count, and what happens when they wrap or vanish.
#include "os/energy.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;

static const char *in_tree(const char *domain, const char *file) {
    static char name[200];
    snprintf(name, sizeof name, "sys/class/powercap/%s%s%s", domain, *file ? "/" : "", file);
    return scratch_path(&box, name);
}

static void set_counter(const char *domain, uint64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%llu\n", (unsigned long long)value);
    scratch_text(in_tree(domain, "energy_uj"), text);
}

static void add_domain(const char *domain, const char *name, uint64_t value) {
    assert_int_equal(mkdir(in_tree(domain, ""), 0700), 0);
    scratch_text(in_tree(domain, "name"), name);
    scratch_text(in_tree(domain, "max_energy_range_uj"), "1000000000\n");
    set_counter(domain, value);
}

static int make_tree(void **state) {
    (void)state;
    scratch_make(&box);
    assert_int_equal(mkdir(scratch_path(&box, "sys"), 0700), 0);
    assert_int_equal(mkdir(scratch_path(&box, "sys/class"), 0700), 0);
    assert_int_equal(mkdir(scratch_path(&box, "sys/class/powercap"), 0700), 0);
    return 0;
}

static int remove_tree(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static void nothing_to_read_is_not_zero(void **state) {
    (void)state;
    os_energy e;
    os_energy_open(&e, box.folder);
    assert_int_equal(e.domains, 0);
    os_energy_update(&e, box.folder);
    assert_true(isnan(e.joules));
}

// Cores lie inside their package and psys around it: counting them would count twice.
static void packages_and_memories_count(void **state) {
    (void)state;
    add_domain("intel-rapl:0", "package-0\n", 5000000);
    add_domain("intel-rapl:0:0", "core\n", 1);
    add_domain("intel-rapl:0:1", "dram\n", 0);
    add_domain("intel-rapl:1", "psys\n", 77);
    add_domain("intel-rapl:2", "package-1\n", 999000000);
    os_energy e;
    os_energy_open(&e, box.folder);
    assert_int_equal(e.domains, 3);
    assert_true(e.joules == 0);
    set_counter("intel-rapl:0", 7000000);     // 2 J
    set_counter("intel-rapl:0:0", 500000000); // ignored
    set_counter("intel-rapl:0:1", 250000);    // 0.25 J
    set_counter("intel-rapl:1", 900000000);   // ignored
    set_counter("intel-rapl:2", 500000);      // wrapped: 1 J to the end, 0.5 J more
    os_energy_update(&e, box.folder);
    assert_true(fabs(e.joules - 3.75) < 1e-9);
    os_energy_update(&e, box.folder);
    assert_true(fabs(e.joules - 3.75) < 1e-9);
    assert_int_equal(unlink(in_tree("intel-rapl:2", "energy_uj")), 0);
    os_energy_update(&e, box.folder);
    assert_true(isnan(e.joules));
}

static void a_counter_without_a_range_is_left_out(void **state) {
    (void)state;
    add_domain("intel-rapl:0", "package-0\n", 5);
    assert_int_equal(unlink(in_tree("intel-rapl:0", "max_energy_range_uj")), 0);
    os_energy e;
    os_energy_open(&e, box.folder);
    assert_int_equal(e.domains, 0);
    assert_true(isnan(e.joules));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_to_read_is_not_zero, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(packages_and_memories_count, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(a_counter_without_a_range_is_left_out, make_tree,
                                        remove_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
