#include "data/shuffle.h"

// Luby and Rackoff: four rounds with good functions cannot be told from a random permutation, as
// long as the set is large. Small ones need more rounds, and a set of 2^(2 HALF_MIN) to walk in.
#define ROUNDS 6
#define HALF_MIN 3

// One pass of the network over 2 * half bits; a bijection of them.
static uint64_t permute(rng key, uint64_t x, int half) {
    const uint64_t mask = ((uint64_t)1 << half) - 1;
    uint64_t left = x >> half, right = x & mask;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        const rng_block block = rng_at(key, round << 32 | right);
        const uint64_t next = (left ^ block.word[0]) & mask;
        left = right;
        right = next;
    }
    return left << half | right;
}

uint64_t shuffle_at(rng key, uint64_t n, uint64_t count) {
    int half = HALF_MIN;
    while (half < 31 && (count - 1) >> (2 * half) != 0) half++;
    // The walk stays on the cycle of n, which comes back to n itself, so it ends. The set is at
    // most four times the count, unless that is tiny, so it takes four steps on average at worst.
    do {
        n = permute(key, n, half);
    } while (n >= count);
    return n;
}
