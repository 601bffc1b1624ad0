// Philox4x32-10 as base/rng.c has it, on BLOCKS blocks side by side: plain C that the compiler
// turns into vectors of integers, with the same words at every level.
#include "kernels/loops/level.h"

#include "kernels/dropout.h"

extern const dropout_kernels LEVEL(kernels_dropout);

#define BLOCKS 32 // fewer, and gcc unrolls the loops over them before it makes vectors
#define WORDS (4 * BLOCKS)
#define ROUNDS 10

typedef struct blocks {
    uint32_t word[4][BLOCKS];
} blocks;

static inline void philox_round(blocks *b, const uint32_t key[2]) {
    for (size_t i = 0; i < BLOCKS; i++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * b->word[0][i];
        const uint64_t p1 = (uint64_t)0xCD9E8D57u * b->word[2][i];
        b->word[0][i] = (uint32_t)(p1 >> 32) ^ b->word[1][i] ^ key[0];
        b->word[2][i] = (uint32_t)(p0 >> 32) ^ b->word[3][i] ^ key[1];
        b->word[1][i] = (uint32_t)p1;
        b->word[3][i] = (uint32_t)p0;
    }
}

// The words of the blocks from number `position` on, in their order.
static inline void philox(uint32_t out[WORDS], const drop_args *a, uint64_t position) {
    blocks b;
    uint32_t key[2] = {(uint32_t)a->seed, (uint32_t)(a->seed >> 32)};
    for (size_t i = 0; i < BLOCKS; i++) {
        b.word[0][i] = (uint32_t)(position + i);
        b.word[1][i] = (uint32_t)((position + i) >> 32);
        b.word[2][i] = (uint32_t)a->stream;
        b.word[3][i] = (uint32_t)(a->stream >> 32);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        philox_round(&b, key);
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t j = 0; j < 4; j++) out[4 * i + j] = b.word[j][i];
}

static void drop(const drop_args *args) {
    const drop_args a = *args; // a copy that no store can change
    uint32_t word[WORDS];
    for (size_t i = 0; i < a.n; i += WORDS) {
        const size_t n = a.n - i < WORDS ? a.n - i : WORDS;
        float *y = a.y + i;
        philox(word, &a, (a.first + i) / 4);
        for (size_t j = 0; j < n; j++) y[j] *= word[j] < a.threshold ? 0.0f : a.scale;
    }
}

const dropout_kernels LEVEL(kernels_dropout) = {
    .drop = drop,
};
