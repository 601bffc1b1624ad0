// The speed that a plan is made with: its arithmetic, and that measuring it works.
#include "train/speed.h"

#include "model/flops.h"
#include "model/model_case.h"
#include "model/sizing.h"
#include "os/memory.h"
#include "parallel/pool.h"

#include <math.h>

static speed_spec spec_of(const kernels *k) {
    speed_spec s = {.config = case_config(),
                    .settings = train_settings_defaults(),
                    .machine = {.k = k, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT},
                    .seconds = 0.01};
    s.config.max_seq_len = 64;
    s.settings.batch = 4;
    return s;
}

// Operations a second that the speed means, as a part of the peak.
static double share_of(const speed *v, const speed_spec *s) {
    const double each =
        2 * flops_train(&s->config, s->config.max_seq_len) / (double)s->config.max_seq_len;
    return v->bytes_per_s * each / v->peak;
}

static void an_assumed_speed_depends_on_the_threads_alone(void **state) {
    (void)state;
    axl_error err;
    const kernels k = case_kernels();
    speed_spec s = spec_of(&k);
    const speed one = speed_assumed(&s), again = speed_assumed(&s);
    assert_true(one.bytes_per_s == again.bytes_per_s && one.peak == again.peak);
    assert_int_equal(one.source, SPEED_ASSUMED);
    assert_true(fabs(share_of(&one, &s) / sizing_share(&s.config) - 1) < 1e-12);
    pool *p;
    case_ok(pool_create(&p, 3, &err), &err);
    s.machine.p = p;
    assert_true(fabs(speed_assumed(&s).bytes_per_s / one.bytes_per_s - 3) < 1e-12);
    pool_free(p);
}

static void a_speed_is_measured(void **state) {
    (void)state;
    axl_error err;
    const kernels k = case_kernels();
    for (int type = 0; type < 2; type++) {
        speed_spec s = spec_of(&k);
        speed v;
        s.settings.dtype = type;
        s.settings.optimizer = type ? OPTIMIZER_ADAMW : OPTIMIZER_SGD;
        case_ok(speed_measure(&s, &v, &err), &err);
        assert_int_equal(v.source, SPEED_MEASURED);
        assert_true(v.bytes_per_s > 0 && isfinite(v.bytes_per_s));
        assert_true(fabs(share_of(&v, &s) / sizing_share(&s.config) - 1) < 1e-9);
        // Of another width: the same peak, with the share of that width.
        speed_spec wide = s;
        wide.config.d_model *= 8;
        const speed other = speed_of_other(&v, &wide);
        assert_true(other.peak == v.peak);
        assert_int_equal(other.source, SPEED_STAND_IN);
        assert_true(fabs(share_of(&other, &wide) / sizing_share(&wide.config) - 1) < 1e-9);
    }
}

// A sequence of this one would take minutes: what is measured is a model of width 256.
static void a_huge_model_has_a_stand_in(void **state) {
    (void)state;
    axl_error err;
    const kernels k = case_kernels();
    speed_spec s = spec_of(&k);
    speed v;
    s.config.d_model = 16384;
    s.config.d_ff = 43712;
    s.config.n_layers = 32;
    s.machine.limit = (size_t)2 << 30;
    s.seconds = 0;
    case_ok(speed_measure(&s, &v, &err), &err);
    assert_int_equal(v.source, SPEED_STAND_IN);
    assert_true(v.bytes_per_s > 0 && v.bytes_per_s < 100);
    assert_true(fabs(share_of(&v, &s) / sizing_share(&s.config) - 1) < 1e-9);
}

static void no_memory_is_an_error(void **state) {
    (void)state;
    axl_error err;
    const kernels k = case_kernels();
    speed_spec s = spec_of(&k);
    speed v;
    s.machine.limit = 1000;
    assert_int_equal(speed_measure(&s, &v, &err), AXL_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_assumed_speed_depends_on_the_threads_alone),
        cmocka_unit_test(a_speed_is_measured),
        cmocka_unit_test(a_huge_model_has_a_stand_in),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
