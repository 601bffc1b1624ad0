// A counter-based generator, Philox4x32-10 (Salmon et al., SC 2011): number n of a stream is a pure
// function of (seed, stream, n). Nothing is stored, any thread may make any part of a sequence, and
// a resumed run sees the same numbers.
//
// Layout: the key is the seed, the counter is (block, stream), one block gives four 32-bit words.
// Number n of every sequence below comes from word n mod 4 of block n / 4, whatever range is asked
// for, so the parts of a split range equal the whole. Uniform and normal numbers of one stream are
// made from the same words: use two streams where both are needed.
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng {
    uint64_t seed;
    uint64_t stream;
} rng;

typedef struct rng_block {
    uint32_t word[4];
} rng_block;

static inline rng rng_key(uint64_t seed, uint64_t stream) {
    return (rng){seed, stream};
}

// The bare function, as in the paper.
rng_block rng_philox(const uint32_t counter[4], const uint32_t key[2]);

// Block number `position` of the stream.
rng_block rng_at(rng key, uint64_t position);

uint32_t rng_u32(rng key, uint64_t n);  // word n
float rng_uniform(rng key, uint64_t n); // [0, 1), 24 bits of word n
float rng_normal(rng key, uint64_t n);  // mean 0, deviation 1, |x| < 6.8

// A whole number in 0..bound-1 (bound >= 1) without bias, a pure function of n: made from block n
// (not word n), with further keys for the rare draw that must be rejected.
uint64_t rng_below(rng key, uint64_t n, uint64_t bound);

// out[i] = number first + i. Normal numbers are Box-Muller on pairs of words, with logarithm, sine
// and cosine made here from + - * / and sqrt in double: no libm, so the same bits on every machine
// with IEEE 754 arithmetic.
void rng_fill_u32(rng key, uint64_t first, uint32_t *out, size_t count);
void rng_fill_uniform(rng key, uint64_t first, float *out, size_t count);
void rng_fill_normal(rng key, uint64_t first, float *out, size_t count);

#endif
