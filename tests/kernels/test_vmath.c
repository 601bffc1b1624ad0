// exp over the whole range of f32, against the C library in double precision.
#include "kernels/harness.h"
#include "kernels/vmath_probe.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LEVEL_PROBE(level) extern const vmath_probe vmath_probe_##level;
AXL_PROBES
#undef LEVEL_PROBE

static const struct named_probe {
    const char *level;
    const vmath_probe *probe;
} probes[] = {
#define LEVEL_PROBE(level) {#level, &vmath_probe_##level},
    AXL_PROBES
#undef LEVEL_PROBE
};

static const vmath_probe *probe_of(size_t level) {
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (strcmp(probes[i].level, level_name(level)) == 0) return probes[i].probe;
    return NULL; // a level that shares the vectors of one with a probe
}

#define BATCH 4096

// A normal result is off by at most 1.25 of its units in the last place; a subnormal one by 1 of
// the smallest number's.
static double allowed(double want) {
    int exponent;
    frexp(want, &exponent);
    return want < (double)FLT_MIN ? 0x1p-149 : 1.25 * ldexp(1, exponent - 24);
}

static void check_exp(float x, float got) {
    double want = exp((double)x);
    if (x != x) {
        check_nan(got);
    } else if (want >= 0x1.ffffffp127) { // rounds to infinity
        assert_true(isinf(got) && got > 0);
    } else if (!(fabs((double)got - want) <= allowed(want))) {
        fail_msg("exp(%.9g) is %.9g, want %.9g", (double)x, (double)got, want);
    }
}

// Of a subnormal result it may make 0.
static void check_falling(float x, float got) {
    if (x > 0) return;
    if (got == 0.0f && exp((double)x) < (double)FLT_MIN) return;
    check_exp(x, got);
}

static void check_batch(size_t level, const float *x) {
    static float y[BATCH], falling[BATCH];
    probe_of(level)->exp(y, x, BATCH);
    probe_of(level)->exp_falling(falling, x, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        check_exp(x[i], y[i]);
        check_falling(x[i], falling[i]);
    }
}

// Every 4093rd f32: all exponents, both signs, NaN and infinities at the ends.
static void test_all_exponents(void **state) {
    (void)state;
    static float x[BATCH];
    for (size_t l = 0; l < level_count(); l++) {
        if (!probe_of(l)) continue;
        case_begin("exp %s", level_name(l));
        uint32_t bits = 0;
        for (size_t batch = 0; batch <= UINT32_MAX / 4093 / BATCH; batch++) {
            for (size_t i = 0; i < BATCH; i++, bits += 4093) x[i] = float_of(bits);
            check_batch(l, x);
        }
        case_end();
    }
}

// Evenly over the range in which the result is neither 0 nor infinity, and just past it.
static void test_range(void **state) {
    (void)state;
    static float x[BATCH];
    const size_t batches = 100;
    for (size_t l = 0; l < level_count(); l++) {
        if (!probe_of(l)) continue;
        case_begin("exp %s", level_name(l));
        for (size_t batch = 0; batch < batches; batch++) {
            double step = (90.0 + 106.0) / (double)(batches * BATCH);
            for (size_t i = 0; i < BATCH; i++)
                x[i] = (float)(-106.0 + step * (double)(batch * BATCH + i));
            check_batch(l, x);
        }
        case_end();
    }
}

static void test_special(void **state) {
    (void)state;
    const float in[16] = {0,        -0.0f,    88.72283f, 88.72284f, -87.33655f, -103.97f,
                          -103.98f, -104.5f,  NAN,       -NAN,      INFINITY,   -INFINITY,
                          FLT_MAX,  -FLT_MAX, 1e-40f,    -1e-40f};
    for (size_t l = 0; l < level_count(); l++) {
        float out[16], falling[16];
        if (!probe_of(l)) continue;
        case_begin("exp %s", level_name(l));
        probe_of(l)->exp(out, in, 16);
        probe_of(l)->exp_falling(falling, in, 16);
        for (int i = 0; i < 16; i++) check_exp(in[i], out[i]);
        for (int i = 0; i < 16; i++) check_falling(in[i], falling[i]);
        assert_true(out[0] == 1.0f && out[1] == 1.0f && out[11] == 0.0f && out[13] == 0.0f);
        assert_true(falling[0] == 1.0f && falling[11] == 0.0f && falling[13] == 0.0f);
        case_end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_all_exponents),
        kernel_test(test_range),
        kernel_test(test_special),
    };
    return cmocka_run_group_tests_name("vmath", tests, NULL, NULL);
}
