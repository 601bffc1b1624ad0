// The C library's pow, sin and cos differ in the last bit from processor to processor, and a far
// position multiplies such a difference until it shows in f32. Here are only + - * / in fixed
// order; the build compiles this file without contraction to fused multiply-adds.
#include "tensor/rope_table.h"

#include "base/error.h"
#include "base/sizes.h"

#include <math.h>
#include <stdbool.h>

// ln 2 and pi / 2 as two parts, the first with so few bits that its multiples below are exact.
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define QUARTER_HIGH 0x1.921fb544p0
#define QUARTER_LOW 0x1.0b4611a626331p-34

// log(x) for 0 < x < infinity. x = m 2^e with m in [1/2, 1);  log m = 2 artanh((m - 1) / (m + 1))
static double log_of(double x) {
    int e;
    double m = frexp(x, &e); // exact
    if (m < 0x1.6a09e667f3bcdp-1) m *= 2, e -= 1;
    const double t = (m - 1) / (m + 1), t2 = t * t; // |t| < 0.172
    double series = 1.0 / 25;
    for (int k = 23; k > 0; k -= 2) series = series * t2 + 1.0 / k;
    return e * LN2_HIGH + (e * LN2_LOW + 2 * t * series);
}

// exp(x) for |x| < 710. x = n ln2 + r with |r| <= ln2 / 2
static double exp_of(double x) {
    const double n = floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
    const double r = (x - n * LN2_HIGH) - n * LN2_LOW;
    double series = 1;
    for (int k = 18; k > 0; k--) series = 1 + series * r / k;
    return ldexp(series, (int)n);
}

// The quarter turns are taken off, then Taylor on [-pi/4, pi/4].
void rope_turn(double angle, double *c, double *s) {
    const double quarters = floor(angle / (QUARTER_HIGH + QUARTER_LOW) + 0.5);
    const double r = (angle - quarters * QUARTER_HIGH) - quarters * QUARTER_LOW, r2 = r * r;
    double cosine = 1, sine = 1;
    for (int k = 18; k > 0; k -= 2) {
        cosine = 1 - cosine * r2 / (k * (k - 1));
        sine = 1 - sine * r2 / (k * (k + 1));
    }
    sine *= r;
    const unsigned turn = (unsigned)quarters % 4;
    const bool swapped = turn % 2 == 1;
    *c = swapped ? sine : cosine;
    *s = swapped ? cosine : sine;
    if (turn == 1 || turn == 2) *c = -*c;
    if (turn >= 2) *s = -*s;
}

axl_status rope_table_bytes(size_t positions, size_t head_size, size_t *out, axl_error *err) {
    RETURN_IF(head_size == 0 || head_size % 2 != 0, err, AXL_BAD_ARGUMENT,
              "rope: heads of %zu have no pairs", head_size);
    RETURN_IF(positions > ROPE_TABLE_POSITIONS ||
                  !size_mul3(positions, head_size, 2 * sizeof(float), out),
              err, AXL_TOO_LARGE, "rope: a table of %zu positions of %zu is too large", positions,
              head_size);
    return AXL_OK;
}

double rope_frequency(double theta, size_t pair, size_t head_size) {
    return exp_of(-(2.0 * (double)pair / (double)head_size) * log_of(theta));
}

axl_status rope_table_fill(rope_table *t, void *memory, double theta, axl_error *err) {
    size_t bytes;
    FORWARD(rope_table_bytes(t->positions, t->head_size, &bytes, err));
    RETURN_IF(!(theta >= 1) || isinf(theta), err, AXL_BAD_ARGUMENT, "rope: theta is %g", theta);
    const size_t size = t->head_size;
    float *cosines = memory;
    float *sines = cosines + t->positions * size;
    for (size_t i = 0; i < size; i += 2) {
        const double frequency = rope_frequency(theta, i / 2, size);
        for (size_t p = 0; p < t->positions; p++) {
            double c, s;
            rope_turn((double)p * frequency, &c, &s);
            cosines[p * size + i] = cosines[p * size + i + 1] = (float)c;
            sines[p * size + i] = (float)-s;
            sines[p * size + i + 1] = (float)s;
        }
    }
    t->cosines = cosines;
    t->sines = sines;
    return AXL_OK;
}
