#include "eval/shares.h"

#include <math.h>

#define Z 1.959963984540054 // of 95 % of a normal distribution

share share_of(double mean, size_t count) {
    if (count == 0) return (share){NAN, NAN, NAN};
    const double n = (double)count, z2 = Z * Z;
    const double middle = (mean + z2 / (2 * n)) / (1 + z2 / n);
    const double half = Z * sqrt(mean * (1 - mean) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    // At the ends the interval ends there too, and rounding must not say otherwise.
    return (share){mean, mean > 0 ? middle - half : 0, mean < 1 ? middle + half : 1};
}

double pass_at_k(size_t n, size_t c, size_t k) {
    if (n - c < k) return 1;
    double none = 1;
    for (size_t i = n - c + 1; i <= n; i++) none *= 1 - (double)k / (double)i;
    return 1 - none;
}
