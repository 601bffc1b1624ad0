// SHA-256 (FIPS 180-4): what names a file by its content.
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_HEX_MAX (2 * SHA256_BYTES + 1)

// Bytes may be added in any pieces. Invariant: the last bytes % 64 bytes wait in block.
typedef struct sha256 {
    uint32_t state[8];
    uint64_t bytes; // added so far; fewer than 2^61
    uint8_t block[64];
} sha256;

void sha256_begin(sha256 *s);
void sha256_add(sha256 *s, const void *data, size_t size); // data may be NULL when size is 0
void sha256_end(sha256 *s, uint8_t digest[SHA256_BYTES]);

// 64 lower-case digits. Writes out and returns it.
const char *sha256_hex(char out[SHA256_HEX_MAX], const uint8_t digest[SHA256_BYTES]);

#endif
