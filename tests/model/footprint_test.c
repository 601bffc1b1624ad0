// Bytes of memory, against sums made tensor by tensor for one small shape.
#include "model/cache.h"
#include "model/footprint.h"
#include "model/pass.h"
#include "model/presets.h"
#include "support/unit.h"

// d 8, f 10, 2 blocks, 1 round, context 8: 8 + 4 + 2 = 14 states a sequence.
static model_config small(void) {
    model_config c = config_defaults();
    c.d_model = 8;
    c.n_heads = 2;
    c.d_ff = 10;
    c.n_layers = 2;
    c.max_seq_len = 8;
    c.fine_exit = 0;
    return c;
}

static void training_counts_weights_gradients_and_moments(void **state) {
    (void)state;
    const model_config c = small();
    // A state keeps 2 (6 8 + 2 10) numbers in its blocks and 11 8 + 4 10 in the round; a byte 28 8
    // + 10 and 258 logits.
    const double kept = 14 * (2 * 68 + 128) + 8 * (28 * 8 + 10 + 258);
    for (size_t moments = 0; moments < 3; moments++)
        for (size_t batch = 1; batch < 4; batch++)
            assert_true(
                footprint_train(&c, batch, moments) ==
                4 * ((double)config_parameters(&c) * (double)(2 + moments) + (double)batch * kept));
}

// What a pass of that preset takes, weights and gradients left out.
static double planned(const model_config *c, size_t batch) {
    kernels k;
    param_table table;
    size_t bytes;
    assert_true(kernels_select(kernels_best_level(), &k));
    assert_int_equal(params_build(&table, c, NULL), AXL_OK);
    const pass_spec spec = {
        .batch = batch, .length = c->max_seq_len, .type = DTYPE_F32, .train = true};
    const pass_machine machine = {.k = &k, .limit = PLAN_NO_LIMIT};
    assert_int_equal(pass_bytes(&table, &spec, &machine, &bytes, NULL), AXL_OK);
    params_free(&table);
    return (double)bytes;
}

static void is_near(const char *name, double estimate, double plan_bytes) {
    if (!(estimate > 0.93 * plan_bytes && estimate < 1.07 * plan_bytes))
        fail_msg("%s: %.0f estimated, %.0f planned", name, estimate, plan_bytes);
}

static void estimates_are_near_what_is_planned(void **state) {
    (void)state;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const char *name = model_presets[i].name;
        const model_config c = presets_config(&model_presets[i]);
        const double weight_bytes = 4 * (double)config_parameters(&c);
        is_near(name, footprint_train(&c, FOOTPRINT_BATCH, 0) - 2 * weight_bytes,
                planned(&c, FOOTPRINT_BATCH));
        is_near(name, footprint_run(&c) - weight_bytes, (double)cache_bytes(&c));
    }
}

static void running_counts_weights_and_caches(void **state) {
    (void)state;
    model_config c = small();
    // Keys and values of 8 channels: in 2 blocks, and for 2 readers in each round.
    assert_true(footprint_run(&c) ==
                4 * ((double)config_parameters(&c) + 14 * 2 * 8 * (2 + 2 * 1)));
    c.n_cross = 0;
    assert_true(footprint_run(&c) == 4 * ((double)config_parameters(&c) + 14 * 2 * 8 * 2));
}

static void optimizers_keep_moments(void **state) {
    (void)state;
    assert_int_equal(footprint_moments("sgd"), 0);
    assert_int_equal(footprint_moments("lion"), 1);
    assert_int_equal(footprint_moments("adamw"), 2);
    assert_int_equal(footprint_moments("unheard-of"), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_counts_weights_gradients_and_moments),
        cmocka_unit_test(estimates_are_near_what_is_planned),
        cmocka_unit_test(running_counts_weights_and_caches),
        cmocka_unit_test(optimizers_keep_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
