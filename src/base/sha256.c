#include "base/sha256.h"

#include <string.h>

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}

// The message schedule: 16 words of the block, each later one from four before it.
static void schedule_words(uint32_t w[64], const uint8_t block[64]) {
    for (size_t i = 0; i < 16; i++) {
        const uint8_t *p = block + 4 * i;
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        const uint32_t small0 = turn(a, 7) ^ turn(a, 18) ^ a >> 3;
        const uint32_t small1 = turn(b, 17) ^ turn(b, 19) ^ b >> 10;
        w[i] = w[i - 16] + small0 + w[i - 7] + small1;
    }
}

// v holds the standard's a..h; instead of moving all eight in each round, the names turn.
static void compress(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[64], v[8];
    schedule_words(w, block);
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t *const a = &v[(64 - i) & 7], *const d = &v[(67 - i) & 7];
        uint32_t *const h = &v[(71 - i) & 7];
        const uint32_t b = v[(65 - i) & 7], c = v[(66 - i) & 7];
        const uint32_t e = v[(68 - i) & 7], f = v[(69 - i) & 7], g = v[(70 - i) & 7];
        const uint32_t big1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
        const uint32_t big0 = turn(*a, 2) ^ turn(*a, 13) ^ turn(*a, 22);
        const uint32_t t1 = *h + big1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
        *d += t1;
        *h = t1 + big0 + ((*a & b) ^ (*a & c) ^ (b & c));
    }
    for (size_t i = 0; i < 8; i++) state[i] += v[i];
}

void sha256_begin(sha256 *s) {
    // The first 32 bits of the fractional parts of the square roots of the first 8 primes.
    *s = (sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                            0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(sha256 *s, const void *data, size_t size) {
    const uint8_t *p = data;
    const size_t waiting = s->bytes % 64;
    s->bytes += size;
    if (waiting > 0) {
        const size_t part = size < 64 - waiting ? size : 64 - waiting;
        if (part > 0) memcpy(s->block + waiting, p, part);
        if (waiting + part < 64) return;
        compress(s->state, s->block);
        p += part;
        size -= part;
    }
    for (; size >= 64; size -= 64, p += 64) compress(s->state, p);
    if (size > 0) memcpy(s->block, p, size);
}

// The padding: a bit, zeros, and the number of bits in the last 8 bytes of a block.
void sha256_end(sha256 *s, uint8_t digest[SHA256_BYTES]) {
    static const uint8_t padding[64] = {0x80};
    const uint64_t bits = s->bytes * 8;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(s, padding, 1 + (119 - s->bytes % 64) % 64);
    sha256_add(s, length, sizeof length);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        digest[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

const char *sha256_hex(char out[SHA256_HEX_MAX], const uint8_t digest[SHA256_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SHA256_HEX_MAX - 1] = '\0';
    return out;
}
