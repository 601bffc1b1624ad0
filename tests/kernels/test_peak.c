// The yardsticks do what they count: every operation, every byte. That they reach the processor's
// peak is a measurement, not a test.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

static void check_rate(peak_rate_fn *rate) {
    float sink = NAN, again = NAN;
    double one = rate(1, &sink);
    assert_true(one > 0);
    assert_true(isfinite(sink));
    assert_true(rate(0, &sink) == 0.0);
    assert_true(rate(1000, &sink) == 1000 * one);
    assert_true(rate(1000, &again) == 1000 * one);
    assert_true(isfinite(sink));
    check_equal(&sink, &again, sizeof sink);
}

static void test_rates(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        const peak_kernels *p = level_at(l)->peak;
        case_begin("%s", level_name(l));
        check_rate(p->f32);
        check_rate(p->bf16);
        check_rate(p->int8);
        assert_true(strlen(p->bf16_how) > 0 && strlen(p->int8_how) > 0);
        case_end();
    }
}

// Each chain of x = x / 2 + 1 / 2 ends at 1, so the sink counts the lanes of all chains; how far a
// single round brings it there tells its steps.
static void test_f32_value(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++) {
        peak_rate_fn *rate = level_at(l)->peak->f32;
        float start, one, lanes;
        case_begin("%s", level_name(l));
        rate(0, &start);
        double ops = rate(1, &one);
        rate(100, &lanes);
        assert_true(lanes >= 1 && floorf(lanes) == lanes);
        double steps = log2(((double)start - (double)lanes) / ((double)one - (double)lanes));
        assert_true(steps > 0.5);
        assert_true(fabs(ops / (2 * (double)lanes) - steps) < 0.05);
        case_end();
    }
}

#define MOST 2048
static void test_read(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++)
        for (size_t bytes = 0; bytes <= MOST; bytes += 256) {
            room r;
            room_open(&r, PLACE_END);
            case_begin("read %s %zu", level_name(l), bytes);
            float *x = room_scratch(&r, bytes);
            for (size_t i = 0; i < bytes / 4; i++) x[i] = (float)(i % 13);
            float all = level_at(l)->peak->read(x, bytes), want = 0;
            for (size_t i = 0; i < bytes / 4; i++) want += x[i]; // small integers: exact
            assert_true(all == want);
            for (size_t i = 0; i < bytes / 4; i++) {
                x[i] += 1;
                assert_true(level_at(l)->peak->read(x, bytes) == want + 1);
                x[i] -= 1;
            }
            room_close(&r);
            case_end();
        }
}

static void test_copy(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++)
        for (size_t bytes = 0; bytes <= MOST; bytes += 256)
            for (int place = 0; place < PLACES; place++) {
                room r;
                room_open(&r, place);
                case_begin("copy %s %zu %s", level_name(l), bytes, place_name(place));
                float *from = room_scratch(&r, bytes), *to = room_scratch(&r, bytes);
                for (size_t i = 0; i < bytes / 4; i++) from[i] = (float)i;
                level_at(l)->peak->copy(to, from, bytes);
                check_equal(from, to, bytes);
                room_close(&r);
                case_end();
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_rates),
        kernel_test(test_f32_value),
        kernel_test(test_read),
        kernel_test(test_copy),
    };
    return cmocka_run_group_tests_name("peak", tests, NULL, NULL);
}
