// Built with -ffp-contract=off: a fused multiply-add in one build and not in another would give
// different bits.
#include "base/rng.h"

#include "base/sizes.h"

#include <math.h>
#include <string.h>

// Multipliers and Weyl increments of Philox4x32 (the golden ratio and sqrt(3) - 1, as fractions of
// 2^32).
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

rng_block rng_philox(const uint32_t counter[4], const uint32_t key[2]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)PHILOX_M0 * c0;
        const uint64_t p1 = (uint64_t)PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    return (rng_block){{c0, c1, c2, c3}};
}

rng_block rng_at(rng key, uint64_t position) {
    const uint32_t counter[4] = {(uint32_t)position, (uint32_t)(position >> 32),
                                 (uint32_t)key.stream, (uint32_t)(key.stream >> 32)};
    const uint32_t seed[2] = {(uint32_t)key.seed, (uint32_t)(key.seed >> 32)};
    return rng_philox(counter, seed);
}

// 24 bits are all that a float in [0, 1) can hold evenly.
static float to_uniform(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

// log(x) for a normal x > 0. x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s) with
// s = (m - 1)/(m + 1), |s| < 0.172: the first term left out is s^21 / 21 < 1e-17.
static double log_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1022;
    bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FE0000000000000u; // m in [1/2, 1)
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    static const double term[] = {1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                  1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    const double s = (m - 1) / (m + 1);
    const double q = s * s;
    double sum = 0;
    for (int i = 0; i < 10; i++) sum = sum * q + term[i];
    return 2 * s * sum + exponent * 0.69314718055994531;
}

// sin and cos of 2 pi turn for turn in [0, 1). The angle is taken from the nearest quarter turn, so
// that the Taylor series see |a| <= pi/4: the first terms left out are below 1e-16.
static void sincos_turn(double turn, double *sine, double *cosine) {
    const int quarter = (int)(turn * 4 + 0.5);
    const double a = (turn - quarter * 0.25) * 6.2831853071795865; // the difference is exact
    const double q = a * a;
    // (s + 1) a = a - a^3/3! + a^5/5! - ... and c + 1 = 1 - a^2/2! + a^4/4! - ..., by Horner.
    static const double sine_ratio[] = {-1.0 / 272, -1.0 / 210, -1.0 / 156, -1.0 / 110,
                                        -1.0 / 72,  -1.0 / 42,  -1.0 / 20,  -1.0 / 6};
    static const double cosine_ratio[] = {-1.0 / 240, -1.0 / 182, -1.0 / 132, -1.0 / 90,
                                          -1.0 / 56,  -1.0 / 30,  -1.0 / 12,  -1.0 / 2};
    double s = 0;
    double c = 0;
    for (int i = 0; i < 8; i++) {
        s = (s + 1) * (q * sine_ratio[i]);
        c = (c + 1) * (q * cosine_ratio[i]);
    }
    s = (s + 1) * a;
    c = c + 1;
    switch (quarter & 3) {
    case 0:
        *sine = s, *cosine = c;
        break;
    case 1:
        *sine = c, *cosine = -s;
        break;
    case 2:
        *sine = -s, *cosine = -c;
        break;
    default:
        *sine = -c, *cosine = s;
        break;
    }
}

// Box-Muller: one pair of words gives the numbers at an even position and the next.
static void to_normal(uint32_t w0, uint32_t w1, float out[2]) {
    const double u = ((double)w0 + 0.5) * 0x1p-32; // never 0; at most 6.77 deviations
    const double radius = sqrt(-2 * log_of(u));
    double sine, cosine;
    sincos_turn((double)w1 * 0x1p-32, &sine, &cosine);
    out[0] = (float)(radius * cosine);
    out[1] = (float)(radius * sine);
}

uint32_t rng_u32(rng key, uint64_t n) {
    return rng_at(key, n / 4).word[n % 4];
}

float rng_uniform(rng key, uint64_t n) {
    return to_uniform(rng_u32(key, n));
}

float rng_normal(rng key, uint64_t n) {
    const rng_block block = rng_at(key, n / 4);
    const size_t pair = n % 4 / 2 * 2;
    float both[2];
    to_normal(block.word[pair], block.word[pair + 1], both);
    return both[n % 2];
}

__extension__ typedef unsigned __int128 u128;

// Lemire's method: the high half of draw * bound is the number, and the draws whose low half falls
// in the first 2^64 mod bound values are refused, which leaves each number equally many draws.
uint64_t rng_below(rng key, uint64_t n, uint64_t bound) {
    if (bound <= 1) return 0;
    const uint64_t refused = (0 - bound) % bound; // 2^64 mod bound
    for (;; key.seed += 0x9E3779B97F4A7C15u) {
        const rng_block block = rng_at(key, n);
        for (int half = 0; half < 4; half += 2) {
            const uint64_t draw = block.word[half] | (uint64_t)block.word[half + 1] << 32;
            const u128 product = (u128)draw * bound;
            if ((uint64_t)product >= refused) return (uint64_t)(product >> 64);
        }
    }
}

// A fill makes the four numbers of a block at a time; the first and the last block may give fewer.
typedef void make_four(rng_block block, void *four);

static inline void fill(rng key, uint64_t first, void *out, size_t count, make_four *make) {
    uint32_t four[4]; // of either type: both have 4 bytes
    for (char *p = out; count > 0;) {
        const size_t skip = first % 4;
        const size_t part = size_min(4 - skip, count);
        make(rng_at(key, first / 4), four);
        memcpy(p, four + skip, part * sizeof *four);
        p += part * sizeof *four;
        first += part;
        count -= part;
    }
}

static void four_u32(rng_block block, void *four) {
    memcpy(four, block.word, sizeof block.word);
}

static void four_uniform(rng_block block, void *four) {
    float out[4];
    for (size_t i = 0; i < 4; i++) out[i] = to_uniform(block.word[i]);
    memcpy(four, out, sizeof out);
}

static void four_normal(rng_block block, void *four) {
    float out[4];
    to_normal(block.word[0], block.word[1], out);
    to_normal(block.word[2], block.word[3], out + 2);
    memcpy(four, out, sizeof out);
}

void rng_fill_u32(rng key, uint64_t first, uint32_t *out, size_t count) {
    fill(key, first, out, count, four_u32);
}

void rng_fill_uniform(rng key, uint64_t first, float *out, size_t count) {
    fill(key, first, out, count, four_uniform);
}

void rng_fill_normal(rng key, uint64_t first, float *out, size_t count) {
    fill(key, first, out, count, four_normal);
}
