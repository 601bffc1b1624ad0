#include "base/rng.h"
#include "os/memory.h"
#include "support/failing_alloc.h"
#include "support/unit.h"
#include "tensor/plan.h"

#include <stdio.h>
#include <string.h>

static uint64_t little_memory(void) {
    return 1000;
}

static void regions_live_apart(void **state) {
    (void)state;
    axl_error err;
    failing_alloc_install();
    plan p;
    plan_init(&p, "weights", NULL);
    size_t a, b, c;
    assert_int_equal(plan_add(&p, "a", 100, &a, &err), AXL_OK);
    assert_int_equal(plan_add(&p, "b", 0, &b, &err), AXL_OK);
    assert_int_equal(plan_add(&p, "c", 64, &c, &err), AXL_OK);
    assert_null(plan_pointer(&p, a));
    assert_int_equal(plan_layout(&p, &err), AXL_OK);
    assert_int_equal(p.bytes, 192);
    assert_int_equal(plan_allocate(&p, PLAN_NO_LIMIT, &err), AXL_OK);
    unsigned char *pa = plan_pointer(&p, a), *pc = plan_pointer(&p, c);
    assert_non_null(plan_pointer(&p, b));
    assert_null(plan_pointer(&p, 3));
    assert_int_equal((uintptr_t)pa % 64, 0);
    assert_int_equal((uintptr_t)pc % 64, 0);
    for (size_t i = 0; i < 192; i++) assert_int_equal(p.block[i], 0);
    memset(pa, 1, 100);
    memset(pc, 2, 64);
    assert_int_equal(pa[99], 1);
    assert_int_equal(plan_add(&p, "late", 1, NULL, &err), AXL_INTERNAL);
    assert_int_equal(plan_allocate(&p, PLAN_NO_LIMIT, &err), AXL_INTERNAL);
    plan_free(&p);
    assert_int_equal(p.count, 0);
    plan_free(&p);
    plan_free(NULL);
    failing_alloc_remove();
}

static void an_empty_plan_is_fine(void **state) {
    (void)state;
    plan p;
    plan_init(&p, "nothing", NULL);
    assert_int_equal(plan_allocate(&p, 0, NULL), AXL_OK);
    assert_int_equal(p.bytes, 0);
    plan_free(&p);
}

static void disjoint_lifetimes_share(void **state) {
    (void)state;
    plan p;
    plan_init(&p, "activations", NULL);
    size_t id[3];
    for (size_t i = 0; i < 3; i++) {
        const plan_request r = {"layer", 640, 2 * i, 2 * i + 1};
        assert_int_equal(plan_add_steps(&p, &r, &id[i], NULL), AXL_OK);
    }
    assert_int_equal(plan_layout(&p, NULL), AXL_OK);
    assert_int_equal(p.bytes, 640);
    const plan_request touching = {"residual", 64, 1, 2}; // shares a step with the first two
    assert_int_equal(plan_add_steps(&p, &touching, NULL, NULL), AXL_OK);
    assert_int_equal(plan_layout(&p, NULL), AXL_OK);
    assert_int_equal(p.bytes, 704);
    const plan_request backwards = {"wrong", 64, 2, 1};
    axl_error err;
    assert_int_equal(plan_add_steps(&p, &backwards, NULL, &err), AXL_BAD_ARGUMENT);
    plan_free(&p);
}

// Two regions that need memory at the same step never overlap, whatever the plan, and the block is
// no larger than the sum of all and no smaller than the largest need of a step.
static void random_plans_do_not_overlap(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const rng key = rng_key(seed, 1);
        const size_t count = 1 + rng_below(key, 0, 60), steps = 1 + rng_below(key, 1, 20);
        plan p;
        plan_init(&p, "random", NULL);
        size_t sum = 0, peak = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t x = rng_below(key, 3 * i + 2, steps), y = rng_below(key, 3 * i + 3, steps);
            const plan_request r = {"r", rng_below(key, 3 * i + 4, 5000), x < y ? x : y,
                                    x < y ? y : x};
            assert_int_equal(plan_add_steps(&p, &r, NULL, NULL), AXL_OK);
            sum += (r.bytes + 63) / 64 * 64;
        }
        assert_int_equal(plan_layout(&p, NULL), AXL_OK);
        for (size_t s = 0; s < steps; s++) {
            size_t need = 0;
            for (size_t i = 0; i < count; i++) {
                const plan_region *r = &p.regions[i];
                if (r->from <= s && s <= r->to) need += (r->bytes + 63) / 64 * 64;
            }
            peak = need > peak ? need : peak;
        }
        for (size_t i = 0; i < count; i++) {
            const plan_region *x = &p.regions[i];
            assert_true(x->offset % 64 == 0 && x->offset + x->bytes <= p.bytes);
            for (size_t j = 0; j < i; j++) {
                const plan_region *y = &p.regions[j];
                const bool same_time = x->from <= y->to && y->from <= x->to;
                const bool same_place =
                    x->offset < y->offset + y->bytes && y->offset < x->offset + x->bytes;
                if (same_time && same_place) fail_msg("seed %llu", (unsigned long long)seed);
            }
        }
        assert_in_range(p.bytes, peak, sum);
        plan_free(&p);
    }
}

static void too_much_is_refused_with_the_bytes(void **state) {
    (void)state;
    axl_error err;
    plan p;
    const plan_memory memory = {os_block_alloc, os_block_free, little_memory};
    plan_init(&p, "training", &memory);
    assert_int_equal(plan_add(&p, "weights", 4096, NULL, &err), AXL_OK);
    assert_int_equal(plan_allocate(&p, PLAN_NO_LIMIT, &err), AXL_NO_MEMORY);
    assert_string_equal(err.text,
                        "training: 4 KiB (4096 bytes) needed, 1000 B (1000 bytes) available");
    assert_int_equal(plan_allocate(&p, 100, &err), AXL_TOO_LARGE);
    assert_string_equal(err.text,
                        "training: 4 KiB (4096 bytes) needed, the limit is 100 B (100 bytes)");
    assert_null(p.block);
    assert_int_equal(plan_add(&p, "vast", SIZE_MAX, NULL, &err), AXL_TOO_LARGE);
    assert_int_equal(plan_add(&p, "large", SIZE_MAX - 4096, NULL, &err), AXL_OK);
    assert_int_equal(plan_layout(&p, &err), AXL_TOO_LARGE);
    plan_free(&p);
}

static void names_are_copied_and_printed(void **state) {
    (void)state;
    plan p;
    plan_init(&p, "weights", NULL);
    char name[80];
    memset(name, 'n', sizeof name);
    name[79] = '\0';
    assert_int_equal(plan_add(&p, name, 2048, NULL, NULL), AXL_OK);
    memset(name, 'x', 8);
    const plan_request r = {"hidden", 10, 3, 5};
    assert_int_equal(plan_add_steps(&p, &r, NULL, NULL), AXL_OK);
    assert_int_equal(strlen(p.regions[0].name), PLAN_NAME - 1);
    assert_int_equal(plan_layout(&p, NULL), AXL_OK);
    buf out = {0};
    assert_true(plan_print(&p, &out));
    assert_non_null(strstr(buf_string(&out), "nnnn"));
    assert_non_null(strstr(buf_string(&out), "2 KiB"));
    assert_non_null(strstr(buf_string(&out), "always"));
    assert_non_null(strstr(buf_string(&out), "3-5"));
    assert_non_null(strstr(buf_string(&out), "2112 bytes"));
    buf_free(&out);
    plan_free(&p);
}

// More regions than the first array holds, so that growing fails too.
static axl_status build(void *ctx, axl_error *err) {
    plan p;
    plan_init(&p, "activations", ctx);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < 100 && status == AXL_OK; i++) {
        const plan_request r = {"region", 100 * i, i, i + 3};
        status = plan_add_steps(&p, &r, NULL, err);
    }
    if (status == AXL_OK) status = plan_allocate(&p, PLAN_NO_LIMIT, err);
    plan_free(&p);
    return status;
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    plan_memory memory = {os_block_alloc, os_block_free, os_memory_available};
    assert_true(for_each_failing_alloc(build, NULL) >= 4);
    assert_true(for_each_failing_alloc(build, &memory) >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_live_apart),
        cmocka_unit_test(an_empty_plan_is_fine),
        cmocka_unit_test(disjoint_lifetimes_share),
        cmocka_unit_test(random_plans_do_not_overlap),
        cmocka_unit_test(too_much_is_refused_with_the_bytes),
        cmocka_unit_test(names_are_copied_and_printed),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
