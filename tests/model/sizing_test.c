// The right size: that of the published arithmetic for known budgets, and one that fits.
#include "model/flops.h"
#include "model/footprint.h"
#include "model/sizing.h"
#include "support/unit.h"

#define PLENTY 1e15

static model_config propose(double operations, double memory) {
    const sizing_budget budget = {.operations = operations, .memory = memory};
    model_config c;
    assert_true(sizing_propose(&budget, &c));
    assert_int_equal(config_check(&c, NULL), AXL_OK);
    assert_in_range(config_head_size(&c), 16, 32);
    return c;
}

// 200 GFLOP/s for 3, 10, 20 and 60 minutes suit widths of 64-72, 96, 112 and 144-152 in the
// project's tables.
static void known_budgets_give_known_sizes(void **state) {
    (void)state;
    static const struct {
        double minutes;
        size_t width, ff;
    } known[] = {{3, 64, 176}, {10, 96, 256}, {20, 112, 304}, {60, 144, 384}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const model_config c = propose(known[i].minutes * 60 * 200e9, PLENTY);
        assert_int_equal(c.d_model, known[i].width);
        assert_int_equal(c.d_ff, known[i].ff);
        assert_int_equal(c.n_layers, 3);
    }
}

static double bytes_each(const model_config *c, double operations) {
    const double each = 2 * flops_train(c, c->max_seq_len) / (double)c->max_seq_len;
    return operations / each / flops_decode_parameters(c);
}

static void more_time_never_makes_it_smaller(void **state) {
    (void)state;
    size_t before = 0;
    for (double operations = 1e9; operations < 1e24; operations *= 1.5) {
        const model_config c = propose(operations, PLENTY);
        assert_true(c.d_model >= before);
        before = c.d_model;
        // Between the ends of the range the text stays near 20 bytes a parameter.
        if (c.d_model > 32 && c.d_model < 1024)
            assert_in_range(1000 * bytes_each(&c, operations), 10000, 40000);
    }
    assert_int_equal(before, 1024);
    const model_config balanced = propose(1.2e14, PLENTY);
    assert_true(sizing_balance(&balanced) == 20 * flops_decode_parameters(&balanced));
}

static void the_memory_is_kept(void **state) {
    (void)state;
    model_config least = propose(1, PLENTY);
    const double need = footprint_train(&least, FOOTPRINT_BATCH, 2);
    for (double memory = need; memory < 1e11; memory *= 1.3) {
        const model_config c = propose(1e20, memory);
        assert_true(footprint_train(&c, FOOTPRINT_BATCH, 2) <= memory);
    }
    const sizing_budget tight = {.operations = 1e14, .memory = need - 1};
    model_config c = {0};
    assert_false(sizing_propose(&tight, &c));
    assert_int_equal(c.d_model, least.d_model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_budgets_give_known_sizes),
        cmocka_unit_test(more_time_never_makes_it_smaller),
        cmocka_unit_test(the_memory_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
