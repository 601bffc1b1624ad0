// Conversions: exhaustive over the 16-bit formats, exact against integer rounding.
#include "kernels/harness.h"

#include <math.h>

#define ALL 65536

static bool is_nan16(uint16_t x, unsigned infinity) {
    return (x & 0x7fffu) > infinity;
}

// Every 16-bit number widens to exactly its value; a NaN stays one with its sign.
static void test_widen_all(void **state) {
    (void)state;
    static uint16_t in[ALL];
    static float out[ALL];
    for (size_t i = 0; i < ALL; i++) in[i] = (uint16_t)i;
    for (size_t l = 0; l < level_count(); l++) {
        level_at(l)->convert->bf16_to_f32(out, in, ALL);
        for (size_t i = 0; i < ALL; i++) {
            case_begin("%s bf16 %04zx", level_name(l), i);
            uint32_t want = (uint32_t)i << 16;
            assert_int_equal(bits_of(out[i]) & ~0x400000u, want & ~0x400000u);
            if (!is_nan16(in[i], 0x7f80)) assert_int_equal(bits_of(out[i]), want);
        }
        level_at(l)->convert->f16_to_f32(out, in, ALL);
        for (size_t i = 0; i < ALL; i++) {
            case_begin("%s f16 %04zx", level_name(l), i);
            if (is_nan16(in[i], 0x7c00)) {
                check_nan(out[i]);
                assert_int_equal(bits_of(out[i]) >> 31, i >> 15);
            } else {
                assert_int_equal(bits_of(out[i]), bits_of(float_of_f16(in[i])));
            }
        }
    }
    case_end();
}

// There and back gives every number again.
static void test_round_trip(void **state) {
    (void)state;
    static uint16_t in[ALL], back[ALL];
    static float wide[ALL];
    for (size_t i = 0; i < ALL; i++) in[i] = (uint16_t)i;
    for (size_t l = 0; l < level_count(); l++) {
        const convert_kernels *c = level_at(l)->convert;
        c->bf16_to_f32(wide, in, ALL);
        c->f32_to_bf16(back, wide, ALL);
        for (size_t i = 0; i < ALL; i++) {
            case_begin("%s bf16 %04zx", level_name(l), i);
            assert_int_equal(back[i], is_nan16(in[i], 0x7f80) ? i | 0x40 : i);
        }
        c->f16_to_f32(wide, in, ALL);
        c->f32_to_f16(back, wide, ALL);
        for (size_t i = 0; i < ALL; i++) {
            case_begin("%s f16 %04zx", level_name(l), i);
            assert_int_equal(back[i], is_nan16(in[i], 0x7c00) ? i | 0x200 : i);
        }
    }
    case_end();
}

// Numbers around each 16-bit number and around the tie above it: 7 a number, both signs.
#define NEAR 7
static size_t near_numbers(float *out, uint32_t low, uint32_t high) {
    const uint32_t tie = low + (high - low) / 2;
    const uint32_t bits[NEAR] = {low, low + 1, tie - 1, tie, tie + 1, high - 1, high};
    for (size_t i = 0; i < NEAR; i++) out[i] = float_of(bits[i]);
    return NEAR;
}

static void compare_narrow(const float *in, size_t n) {
    static uint16_t out[ALL * NEAR];
    for (size_t l = 0; l < level_count(); l++) {
        level_at(l)->convert->f32_to_bf16(out, in, n);
        for (size_t i = 0; i < n; i++) {
            if (out[i] == bf16_of(in[i])) continue;
            fail_msg("%s: f32 %08x becomes bf16 %04x, not %04x", level_name(l), bits_of(in[i]),
                     out[i], bf16_of(in[i]));
        }
        level_at(l)->convert->f32_to_f16(out, in, n);
        for (size_t i = 0; i < n; i++) {
            if (out[i] == f16_of(in[i])) continue;
            fail_msg("%s: f32 %08x becomes f16 %04x, not %04x", level_name(l), bits_of(in[i]),
                     out[i], f16_of(in[i]));
        }
    }
}

static float near[ALL * NEAR];

static void test_narrow_near_bf16(void **state) {
    (void)state;
    size_t n = 0;
    for (uint32_t i = 0; i < ALL; i++) n += near_numbers(near + n, i << 16, (i << 16) + 0xffffu);
    compare_narrow(near, n);
}

static void test_narrow_near_f16(void **state) {
    (void)state;
    size_t n = 0;
    for (uint32_t i = 0; i < 0x7c00u; i++) {
        // 65536, the number that would come after the largest, is where infinity begins
        float low = float_of_f16((f16)i);
        float high = i == 0x7bffu ? 65536.0f : float_of_f16((f16)(i + 1));
        n += near_numbers(near + n, bits_of(low), bits_of(high));
        n += near_numbers(near + n, bits_of(-low), bits_of(-high));
    }
    compare_narrow(near, n);
}

// Bit patterns spread over the whole of f32, NaN, infinity and subnormal numbers among them.
static void test_narrow_spread(void **state) {
    (void)state;
    static float in[ALL];
    for (uint32_t i = 0; i < ALL; i++) in[i] = float_of(i * 65537u + (i * 2654435761u >> 16));
    compare_narrow(in, ALL);
}

static void widen_case(const kernels *k, room *r, size_t rows, size_t n) {
    const bf16 *b = room_bf16(r, rows * n, 1);
    const f16 *h = room_f16(r, rows * n, 2);
    float *fb = room_out_f32(r, rows * n), *fh = room_out_f32(r, rows * n);
    room_seal(r);
    k->convert->bf16_to_f32(fb, b, n);
    k->convert->f16_to_f32(fh, h, n);
    for (size_t i = 0; i < n; i++) {
        check_close((double)float_of_bf16(b[i]), fb[i], 0, 0);
        check_close((double)float_of_f16(h[i]), fh[i], 0, 0);
    }
}

static void narrow_case(const kernels *k, room *r, size_t rows, size_t n) {
    const float *x = room_f32(r, rows * n, 3);
    bf16 *b = room_out_u16(r, rows * n);
    f16 *h = room_out_u16(r, rows * n);
    room_seal(r);
    k->convert->f32_to_bf16(b, x, n);
    k->convert->f32_to_f16(h, x, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(b[i], bf16_of(x[i]));
        assert_int_equal(h[i], f16_of(x[i]));
    }
}

static void test_sizes(void **state) {
    (void)state;
    case_each_size("widen", widen_case);
    case_each_size("narrow", narrow_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_widen_all),        kernel_test(test_round_trip),
        kernel_test(test_narrow_near_bf16), kernel_test(test_narrow_near_f16),
        kernel_test(test_narrow_spread),    kernel_test(test_sizes),
    };
    test_family(offsetof(kernels, convert));
    return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
