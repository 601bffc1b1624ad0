#include "base/rng.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static void equal_words(rng_block got, const uint32_t want[4]) {
    for (int i = 0; i < 4; i++) assert_int_equal(got.word[i], want[i]);
}

// The known answers published with Random123 for philox4x32, 10 rounds.
static void known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        equal_words(rng_philox(rows[i].counter, rows[i].key), rows[i].want);
    }
    // The same third row through seed, stream and position.
    const rng key = rng_key(0x299f31d0a4093822u, 0x0370734413198a2eu);
    equal_words(rng_at(key, 0x85a308d3243f6a88u), rows[2].want);
}

// Every bit of seed, stream and position matters.
static void every_input_bit_matters(void **state) {
    (void)state;
    const rng_block base = rng_at(rng_key(1, 2), 3);
    for (int bit = 0; bit < 64; bit++) {
        const uint64_t flip = (uint64_t)1 << bit;
        const rng_block other[3] = {rng_at(rng_key(1 ^ flip, 2), 3),
                                    rng_at(rng_key(1, 2 ^ flip), 3),
                                    rng_at(rng_key(1, 2), 3 ^ flip)};
        for (int i = 0; i < 3; i++) {
            assert_memory_not_equal(&base, &other[i], sizeof base);
        }
    }
}

enum { N = 97 };

// Filling [first, first + N) in any two parts gives what one fill gives, and what single draws
// give.
static void splits_do_not_matter(void **state) {
    (void)state;
    const rng key = rng_key(42, 7);
    static const uint64_t starts[] = {0, 1, 2, 3, 1000001, UINT64_MAX - 50}; // the last one wraps
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        const uint64_t first = starts[s];
        uint32_t words[N], words2[N];
        float uniform[N], uniform2[N], normal[N], normal2[N];
        rng_fill_u32(key, first, words, N);
        rng_fill_uniform(key, first, uniform, N);
        rng_fill_normal(key, first, normal, N);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(words[i], rng_u32(key, first + i));
            assert_true(uniform[i] == rng_uniform(key, first + i));
            assert_true(normal[i] == rng_normal(key, first + i));
        }
        for (size_t cut = 0; cut <= N; cut++) {
            rng_fill_u32(key, first, words2, cut);
            rng_fill_u32(key, first + cut, words2 + cut, N - cut);
            rng_fill_uniform(key, first, uniform2, cut);
            rng_fill_uniform(key, first + cut, uniform2 + cut, N - cut);
            rng_fill_normal(key, first, normal2, cut);
            rng_fill_normal(key, first + cut, normal2 + cut, N - cut);
            assert_memory_equal(words, words2, sizeof words);
            assert_memory_equal(uniform, uniform2, sizeof uniform);
            assert_memory_equal(normal, normal2, sizeof normal);
        }
    }
}

static void fills_stay_inside(void **state) {
    (void)state;
    float out[12];
    for (size_t count = 0; count <= 10; count++) {
        for (size_t i = 0; i < 12; i++) out[i] = 99;
        rng_fill_normal(rng_key(1, 1), 3, out + 1, count);
        assert_true(out[0] == 99 && out[count + 1] == 99);
    }
}

static void uniform_is_uniform(void **state) {
    (void)state;
    enum { DRAWS = 1 << 18, CELLS = 64 };
    static float x[DRAWS];
    size_t cells[CELLS] = {0};
    rng_fill_uniform(rng_key(3, 0), 0, x, DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        assert_true(x[i] >= 0 && x[i] < 1);
        assert_true(x[i] * 16777216.0f == floorf(x[i] * 16777216.0f)); // 24 bits exactly
        cells[(size_t)(x[i] * CELLS)]++;
    }
    double chi2 = 0;
    for (int c = 0; c < CELLS; c++) {
        const double expected = (double)DRAWS / CELLS;
        chi2 += ((double)cells[c] - expected) * ((double)cells[c] - expected) / expected;
    }
    assert_true(chi2 > 25 && chi2 < 120); // 63 degrees of freedom: beyond 1e-5 on both sides
}

// Moments, tails and the independence of the two halves of a pair, at five deviations.
static void normal_is_normal(void **state) {
    (void)state;
    enum { DRAWS = 1 << 18 };
    static float x[DRAWS];
    rng_fill_normal(rng_key(4, 9), 0, x, DRAWS);
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0, pair = 0;
    size_t beyond2 = 0, beyond4 = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double v = x[i];
        m1 += v, m2 += v * v, m3 += v * v * v, m4 += v * v * v * v;
        pair += i % 2 ? x[i - 1] * v : 0;
        beyond2 += fabs(v) > 2;
        beyond4 += fabs(v) > 4;
        assert_true(fabs(v) < 6.8);
    }
    const double n = DRAWS;
    const double tol = 5 / sqrt(n);
    assert_true(fabs(m1 / n) < tol);
    assert_true(fabs(m2 / n - 1) < tol * sqrt(2));
    assert_true(fabs(m3 / n) < tol * sqrt(15));
    assert_true(fabs(m4 / n - 3) < tol * sqrt(96));
    assert_true(fabs(pair / (n / 2)) < tol * sqrt(2));
    const double p2 = 0.0455003;
    assert_true(fabs((double)beyond2 / n - p2) < tol * sqrt(p2));
    assert_true(beyond4 > 2 && beyond4 < 50); // 16.6 expected
}

// Against the textbook formula and libm: only the rounding may differ.
static void normal_matches_libm(void **state) {
    (void)state;
    const rng key = rng_key(11, 12);
    double worst = 0;
    for (uint64_t n = 0; n < 100000; n += 2) {
        const double u = (rng_u32(key, n) + 0.5) / 4294967296.0;
        const double angle = 2 * 3.14159265358979324 * (rng_u32(key, n + 1) / 4294967296.0);
        const double r = sqrt(-2 * log(u));
        const double want[2] = {r * cos(angle), r * sin(angle)};
        for (uint64_t i = 0; i < 2; i++) {
            const double off = fabs(rng_normal(key, n + i) - want[i]) / (fabs(want[i]) + 1e-8);
            worst = off > worst ? off : worst;
        }
    }
    assert_true(worst < 6.0e-8 * 1.01); // half a unit in the last place of a float
}

// Pinned: every compiler and machine must give these bits.
static void normal_bits_are_pinned(void **state) {
    (void)state;
    float x[1000];
    rng_fill_normal(rng_key(2024, 5), 0, x, COUNT_OF(x));
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < COUNT_OF(x); i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    assert_int_equal(hash, 0xad0abd89eb0131fau);
}

static void below_stays_below_and_is_even(void **state) {
    (void)state;
    static const uint64_t bounds[] = {
        1, 2, 3, 10, 1000, 4294967296u, ((uint64_t)1 << 63) + 1, UINT64_MAX};
    for (size_t b = 0; b < COUNT_OF(bounds); b++) {
        for (uint64_t n = 0; n < 2000; n++) {
            const uint64_t got = rng_below(rng_key(5, 6), n, bounds[b]);
            assert_true(got < bounds[b]);
            assert_true(got == rng_below(rng_key(5, 6), n, bounds[b])); // a pure function
        }
    }
    assert_int_equal(rng_below(rng_key(5, 6), 0, 0), 0);
    size_t cells[7] = {0};
    enum { DRAWS = 70000 };
    for (uint64_t n = 0; n < DRAWS; n++) cells[rng_below(rng_key(8, 8), n, 7)]++;
    double chi2 = 0;
    for (int c = 0; c < 7; c++) {
        const double off = (double)cells[c] - DRAWS / 7.0;
        chi2 += off * off / (DRAWS / 7.0);
    }
    assert_true(chi2 < 30); // 6 degrees of freedom
}

// With 2^63 + 2^62 values a plain remainder or a missing rejection favours one third twofold.
static void below_is_unbiased_for_huge_bounds(void **state) {
    (void)state;
    const uint64_t third = (uint64_t)1 << 62;
    size_t cells[3] = {0};
    enum { DRAWS = 30000 };
    for (uint64_t n = 0; n < DRAWS; n++) cells[rng_below(rng_key(1, 2), n, 3 * third) / third]++;
    for (int c = 0; c < 3; c++) assert_true(fabs((double)cells[c] - DRAWS / 3.0) < 5 * 82);
    // Neighbours inside a draw of 2^64: with 4/3 draws a value, one value in three would be twice
    // as likely, which shows in the residue modulo 3.
    size_t residues[3] = {0};
    for (uint64_t n = 0; n < DRAWS; n++) residues[rng_below(rng_key(3, 2), n, 3 * third) % 3]++;
    for (int c = 0; c < 3; c++) assert_true(fabs((double)residues[c] - DRAWS / 3.0) < 5 * 82);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_input_bit_matters),
        cmocka_unit_test(splits_do_not_matter),
        cmocka_unit_test(fills_stay_inside),
        cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_is_normal),
        cmocka_unit_test(normal_matches_libm),
        cmocka_unit_test(normal_bits_are_pinned),
        cmocka_unit_test(below_stays_below_and_is_even),
        cmocka_unit_test(below_is_unbiased_for_huge_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
