// Mixtures, splits by project, and tables of names.
#include "base/buf.h"
#include "base/rng.h"
#include "data/mix.h"
#include "data/name_table.h"
#include "data/portion.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 3000

static mix_document list[COUNT];
static mix_part parts[2];

// A third of the documents is of part 1; 10 projects in each.
static size_t choose(uint64_t seed, const double weight[2], const mix_rules *rules) {
    memset(parts, 0, sizeof parts);
    for (size_t p = 0; p < 2; p++) parts[p].weight = weight[p];
    for (uint64_t i = 0; i < COUNT; i++) {
        list[i] = mix_document_of(seed, digest_of(&i, sizeof i), i % 10);
        list[i].at = i;
        list[i].bytes = (uint32_t)(500 + rng_below(rng_key(9, 9), i, 1000));
        list[i].part = i % 3 == 0;
    }
    const mix m = {list, COUNT, parts, 2};
    return mix_choose(&m, rules);
}

static const double even[2] = {1, 1};

static void all_of_it_where_nothing_is_said(void **state) {
    (void)state;
    const mix_rules rules = {.temperature = 1};
    assert_int_equal(choose(1, even, &rules), COUNT);
    assert_int_equal(parts[0].documents + parts[1].documents, COUNT);
    assert_int_equal(parts[0].bytes, parts[0].found_bytes);
    // In another order than they came in.
    size_t after = 0;
    for (size_t i = 1; i < COUNT; i++) after += list[i].at == list[i - 1].at + 1;
    assert_true(after < 20);
}

static void shares_follow_weights_and_temperature(void **state) {
    (void)state;
    static const struct {
        double weight[2], temperature;
    } cases[] = {{{1, 1}, 1}, {{1, 4}, 1}, {{3, 1}, 2}, {{1, 1}, 100}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        const mix_rules rules = {.temperature = cases[c].temperature};
        choose(1, cases[c].weight, &rules);
        double raw[2];
        for (size_t p = 0; p < 2; p++)
            raw[p] =
                cases[c].weight[p] * pow((double)parts[p].found_bytes, 1 / cases[c].temperature);
        const double wanted = raw[0] / (raw[0] + raw[1]);
        const double all = (double)(parts[0].bytes + parts[1].bytes);
        assert_true(fabs(parts[0].share - wanted) < 1e-9);
        // The last document of a part may be over: 1500 bytes at most.
        assert_true(fabs((double)parts[0].bytes - wanted * all) < 3000);
        // One of them is used up.
        assert_true(parts[0].bytes == parts[0].found_bytes ||
                    parts[1].bytes == parts[1].found_bytes);
    }
}

static void low_temperatures_leave_the_largest(void **state) {
    (void)state;
    static const double low[] = {0.05, 0.01, 1e-300, 5e-324};
    for (size_t i = 0; i < COUNT_OF(low); i++) {
        const mix_rules rules = {.temperature = low[i], .bytes = 100000};
        assert_true(choose(1, even, &rules) > 0);
        assert_true(parts[0].share > 0.999 && parts[0].share <= 1);
        assert_true(parts[1].share >= 0 && parts[1].share < 0.001);
        assert_in_range(parts[0].bytes, 99000, 102000);
    }
    // A hundred times the weight does not help against it.
    const mix_rules rules = {.temperature = 0.001};
    choose(1, (const double[2]){1, 100}, &rules);
    assert_true(parts[0].share > 0.999);
    assert_int_equal(parts[0].bytes, parts[0].found_bytes);
}

static void a_size_is_kept_and_a_larger_one_holds_the_smaller(void **state) {
    (void)state;
    bool small[COUNT] = {false};
    mix_rules rules = {.temperature = 1, .bytes = 300000};
    const size_t few = choose(5, even, &rules);
    const uint64_t bytes = parts[0].bytes + parts[1].bytes;
    assert_true(bytes >= 300000 && bytes < 303000);
    for (size_t i = 0; i < few; i++) small[list[i].at] = true;
    rules.bytes = 600000;
    const size_t more = choose(5, even, &rules);
    size_t found = 0;
    for (size_t i = 0; i < more; i++) found += small[list[i].at];
    assert_int_equal(found, few);
    for (size_t i = more; i < COUNT; i++) assert_true(list[i].out);
}

static void seeds_decide(void **state) {
    (void)state;
    uint64_t first[20];
    const mix_rules rules = {.temperature = 1, .bytes = 100000};
    choose(1, even, &rules);
    for (size_t i = 0; i < 20; i++) first[i] = list[i].at;
    choose(1, even, &rules);
    for (size_t i = 0; i < 20; i++) assert_int_equal(list[i].at, first[i]);
    choose(2, even, &rules);
    size_t same = 0;
    for (size_t i = 0; i < 20; i++) same += list[i].at == first[i];
    assert_true(same < 5);
}

static void no_project_is_over_its_cap(void **state) {
    (void)state;
    const mix_rules rules = {.temperature = 1, .cap = 20000};
    const size_t kept = choose(1, even, &rules);
    uint64_t sum[2][10] = {{0}};
    for (size_t i = 0; i < kept; i++) sum[list[i].part][list[i].project] += list[i].bytes;
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < 10; i++) assert_in_range(sum[p][i], 18000, 20000);
    assert_true(parts[0].capped_bytes > 0 && parts[0].capped_documents > 0);
    const mix none = {list, 0, parts, 2};
    assert_int_equal(mix_choose(&none, &rules), 0);
}

// ---- names ----

static axl_status fill_names(void *ctx, axl_error *err) {
    name_table *t = ctx;
    axl_status status = AXL_OK;
    for (size_t i = 0; i < 1000 && status == AXL_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "project %zu", i % 300);
        status = name_table_count(t, name, i % 300 + 1, err);
    }
    if (status != AXL_OK) name_table_free(t);
    return status;
}

static void names_are_counted_and_ranked(void **state) {
    (void)state;
    name_table t = {0};
    uint32_t order[300];
    assert_int_equal(fill_names(&t, NULL), AXL_OK);
    assert_int_equal(t.count, 300);
    assert_string_equal(name_table_name(&t, 7), "project 7");
    assert_int_equal(t.entry[7].documents, 4);
    assert_int_equal(t.entry[7].bytes, 32);
    name_table_rank(&t, order);
    for (size_t i = 1; i < 300; i++) {
        const name_entry *a = &t.entry[order[i - 1]], *b = &t.entry[order[i]];
        assert_true(a->bytes >= b->bytes);
        if (a->bytes == b->bytes)
            assert_true(strcmp(name_table_name(&t, order[i - 1]), name_table_name(&t, order[i])) <
                        0);
    }
    name_table_free(&t);
}

static axl_status fill_and_free(void *ctx, axl_error *err) {
    name_table t = {0};
    (void)ctx;
    axl_status status = fill_names(&t, err);
    if (status == AXL_OK) status = portion_choose(&t, 0.1, 1, err);
    name_table_free(&t);
    return status;
}

static void memory_may_run_out(void **state) {
    (void)state;
    failing_alloc_install();
    assert_true(for_each_failing_alloc(fill_and_free, NULL) > 4);
    failing_alloc_remove();
}

// ---- splits ----

static uint64_t held_bytes(const name_table *t) {
    uint64_t sum = 0;
    for (size_t i = 0; i < t->count; i++) sum += t->entry[i].held ? t->entry[i].bytes : 0;
    return sum;
}

static void projects_are_held_out_whole(void **state) {
    (void)state;
    name_table t = {0};
    assert_int_equal(fill_names(&t, NULL), AXL_OK);
    uint64_t all = 0;
    for (size_t i = 0; i < t.count; i++) all += t.entry[i].bytes;
    // 300 projects give a tenth with a deviation of a fifth of it.
    for (uint64_t seed = 0; seed < 10; seed++) {
        assert_int_equal(portion_choose(&t, 0.1, seed, NULL), AXL_OK);
        assert_in_range(held_bytes(&t), all / 25, all / 5);
    }
    name_table_free(&t);
}

// Whatever joins, and however large it is, every other project stays in its set.
static void newcomers_move_nobody(void **state) {
    (void)state;
    name_table t = {0};
    assert_int_equal(fill_names(&t, NULL), AXL_OK);
    assert_int_equal(portion_choose(&t, 0.1, 7, NULL), AXL_OK);
    const uint64_t bytes = held_bytes(&t);
    size_t joined = 0;
    for (int i = 0; i < 50; i++) {
        name_table more = {0};
        char name[32];
        snprintf(name, sizeof name, "newcomer %d", i);
        assert_int_equal(name_table_count(&more, name, bytes / 2, NULL), AXL_OK);
        assert_int_equal(fill_names(&more, NULL), AXL_OK);
        assert_int_equal(portion_choose(&more, 0.1, 7, NULL), AXL_OK);
        for (size_t k = 0; k < t.count; k++)
            assert_int_equal(more.entry[k + 1].held, t.entry[k].held);
        joined += more.entry[0].held;
        name_table_free(&more);
    }
    assert_in_range(joined, 1, 20);
    name_table_free(&t);
}

static void odd_sizes_leave_both_sets_something(void **state) {
    (void)state;
    static const size_t sizes[][3] = {{1000, 1, 0}, {5, 5, 0}, {1, 1000, 1000}, {1, 1, 1}};
    for (size_t c = 0; c < COUNT_OF(sizes); c++)
        for (uint64_t seed = 1; seed < 20; seed++) {
            name_table t = {0};
            uint64_t all = 0;
            for (size_t i = 0; i < 3 && sizes[c][i] > 0; i++) {
                const char name[] = {(char)('a' + i), '\0'};
                assert_int_equal(name_table_count(&t, name, sizes[c][i], NULL), AXL_OK);
                all += sizes[c][i];
            }
            assert_int_equal(portion_choose(&t, 0.1, seed, NULL), AXL_OK);
            assert_in_range(held_bytes(&t), 1, all - 1);
            name_table_free(&t);
        }
}

static void one_project_cannot_be_split(void **state) {
    (void)state;
    axl_error err;
    name_table t = {0};
    assert_int_equal(portion_choose(&t, 0.1, 1, &err), AXL_BAD_FILE);
    assert_int_equal(name_table_count(&t, "alone", 100, NULL), AXL_OK);
    assert_int_equal(portion_choose(&t, 0.1, 1, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "'alone'"));
    name_table_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_where_nothing_is_said),
        cmocka_unit_test(shares_follow_weights_and_temperature),
        cmocka_unit_test(low_temperatures_leave_the_largest),
        cmocka_unit_test(a_size_is_kept_and_a_larger_one_holds_the_smaller),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(no_project_is_over_its_cap),
        cmocka_unit_test(names_are_counted_and_ranked),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(projects_are_held_out_whole),
        cmocka_unit_test(newcomers_move_nobody),
        cmocka_unit_test(odd_sizes_leave_both_sets_something),
        cmocka_unit_test(one_project_cannot_be_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
