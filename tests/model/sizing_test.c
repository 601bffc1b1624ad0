// The right size: that of the published arithmetic for known budgets, and one that fits.
#include "model/flops.h"
#include "model/footprint.h"
#include "model/sizing.h"
#include "support/unit.h"

#include <math.h>

#define PLENTY 1e15

static sizing_budget budget_of(double operations, double memory) {
    return (sizing_budget){.seconds = 1, .peak = operations, .memory = memory, .batch = 16};
}

static model_config propose(const sizing_budget *budget) {
    const model_config base = config_defaults();
    model_config c;
    assert_true(sizing_propose(budget, &base, &c));
    assert_int_equal(config_check(&c, NULL), AXL_OK);
    assert_in_range(config_head_size(&c), 16, 48);
    return c;
}

// 100 GFLOP/s for 3, 10, 20 and 60 minutes; share is what models of that width reach of the peak.
static void known_budgets_give_known_sizes(void **state) {
    (void)state;
    static const struct {
        double minutes, share;
        size_t width, ff;
    } known[] = {
        {3, 0.45, 64, 176}, {10, 0.55, 96, 256}, {20, 0.5736, 112, 304}, {60, 0.6281, 160, 432}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        sizing_budget b = budget_of(100e9 / known[i].share, PLENTY);
        b.seconds = known[i].minutes * 60;
        const model_config c = propose(&b);
        assert_int_equal(c.d_model, known[i].width);
        assert_int_equal(c.d_ff, known[i].ff);
        assert_int_equal(c.n_layers, 3);
        assert_true(fabs(sizing_share(&c) - known[i].share) < 0.001);
    }
}

static void the_share_grows_with_the_width(void **state) {
    (void)state;
    model_config c = config_defaults();
    double before = 0.45; // of the smallest
    for (c.d_model = 8; c.d_model <= 4096; c.d_model++) {
        const double share = sizing_share(&c);
        assert_true(share >= before && share - before < 0.01);
        before = share;
        if (c.d_model == 8) assert_true(share == 0.45);
        if (c.d_model == 96) assert_true(fabs(share - 0.55) < 1e-12);
    }
    assert_true(before == 0.78);
}

static void more_time_never_makes_it_smaller(void **state) {
    (void)state;
    size_t before = 0;
    for (double operations = 1e9; operations < 1e24; operations *= 1.5) {
        const sizing_budget b = budget_of(operations, PLENTY);
        const model_config c = propose(&b);
        assert_true(c.d_model >= before);
        before = c.d_model;
        // Between the ends of the range the text stays near 8 bytes a parameter.
        const double each = 2 * flops_train(&c, 256) / 256;
        const double bytes = operations * sizing_share(&c) / each;
        assert_true(fabs(bytes / sizing_seen(&b, &c) - 1) < 1e-12);
        if (c.d_model > 32 && c.d_model < 1024)
            assert_in_range(1000 * bytes / flops_decode_parameters(&c), 4000, 16000);
    }
    assert_int_equal(before, 1024);
}

// Where the bytes are given, neither time nor speed matters.
static void bytes_decide_by_arithmetic(void **state) {
    (void)state;
    const model_config base = config_defaults();
    for (size_t width = 32; width <= 1024; width += 16) {
        sizing_budget b = {.bytes = 1e6, .memory = PLENTY, .batch = 16};
        model_config c = base;
        c.d_model = width;
        c.d_ff = (8 * width + 47) / 48 * 16;
        c.n_layers = width <= 256 ? 3 : width < 512 ? 4 : width < 1024 ? 5 : 6;
        c.n_heads = 1;
        b.bytes = SIZING_BYTES_EACH * flops_decode_parameters(&c);
        assert_true(sizing_balance(&c) == b.bytes);
        assert_true(sizing_fit(&b, &c) == 1);
        assert_int_equal(propose(&b).d_model, width);
    }
}

// The ninth pass over the same text asks for no larger a model than the eighth.
static void passes_beyond_some_count_no_more(void **state) {
    (void)state;
    sizing_budget b = {.bytes = 8e6, .memory = PLENTY, .batch = 16, .text = 1e6};
    const model_config at_8 = propose(&b);
    b.bytes = 9e9;
    const model_config at_9000 = propose(&b);
    assert_int_equal(at_8.d_model, at_9000.d_model);
    assert_true(fabs(sizing_fit(&b, &at_8) - 8e6 / sizing_balance(&at_8)) < 1e-9);
    b.text = 0;
    assert_true(propose(&b).d_model > at_8.d_model);
}

static void other_fields_stay(void **state) {
    (void)state;
    const sizing_budget b = {.bytes = 1e7, .memory = PLENTY, .batch = 16};
    model_config base = config_defaults(), c;
    base.vocab_size = 264;
    base.n_cross = 2;
    base.max_seq_len = 512;
    base.dropout = 0.125;
    assert_true(sizing_propose(&b, &base, &c));
    assert_int_equal(c.vocab_size, 264);
    assert_int_equal(c.n_cross, 2);
    assert_int_equal(c.max_seq_len, 512);
    assert_true(c.dropout == 0.125);
}

static void the_memory_is_kept(void **state) {
    (void)state;
    const sizing_budget tiny = budget_of(1, PLENTY);
    const model_config least = propose(&tiny);
    const double need = footprint_train(&least, FOOTPRINT_BATCH, 2);
    for (double memory = need; memory < 1e11; memory *= 1.3) {
        const sizing_budget b = budget_of(1e20, memory);
        const model_config c = propose(&b);
        assert_true(footprint_train(&c, FOOTPRINT_BATCH, 2) <= memory);
        sizing_budget half = b; // a smaller batch leaves room for a larger model
        half.batch = 8;
        half.length = 128;
        assert_true(propose(&half).d_model >= c.d_model);
    }
    const sizing_budget tight = budget_of(1e14, need - 1);
    const model_config base = config_defaults();
    model_config c = {0};
    assert_false(sizing_propose(&tight, &base, &c));
    assert_int_equal(c.d_model, least.d_model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_budgets_give_known_sizes),
        cmocka_unit_test(the_share_grows_with_the_width),
        cmocka_unit_test(more_time_never_makes_it_smaller),
        cmocka_unit_test(bytes_decide_by_arithmetic),
        cmocka_unit_test(passes_beyond_some_count_no_more),
        cmocka_unit_test(other_fields_stay),
        cmocka_unit_test(the_memory_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
