// A random order that is never stored: place n of a permutation of 0..count-1 is a pure function of
// (key, n, count), made by a Feistel network over the next even power of two and cycle walking.
#ifndef DATA_SHUFFLE_H
#define DATA_SHUFFLE_H

#include "base/rng.h"

#include <stdint.h>

// n < count <= 2^62. Different keys give different orders.
uint64_t shuffle_at(rng key, uint64_t n, uint64_t count);

#endif
