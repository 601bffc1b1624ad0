// Shares of a benchmark that was passed, with intervals that say how much chance is in them.
#ifndef EVAL_SHARES_H
#define EVAL_SHARES_H

#include <stddef.h>

typedef struct share {
    double value, low, high; // NAN of nothing
} share;

// Wilson's interval of 95 % for a mean of `count` values in [0, 1]. For successes it is exact as
// intervals go; for other values, whose variance is at most mean (1 - mean), it is too wide rather
// than too narrow. It says what other problems of this kind would give, not other samples.
share share_of(double mean, size_t count);

// The probability that at least one of k answers out of n is right, where c of n are: without bias
// (Chen et al. 2021, arXiv:2107.03374), 1 - C(n - c, k) / C(n, k). k <= n, c <= n.
double pass_at_k(size_t n, size_t c, size_t k);

#endif
