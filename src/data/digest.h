// A 128-bit digest of bytes: MurmurHash3 x64 128 (Appleby, public domain) with seed 0, fed piece by
// piece. It tells texts apart and names a set of documents; it does not resist someone who makes
// collisions on purpose, whose gain would be that one of his own documents is dropped.
#ifndef DATA_DIGEST_H
#define DATA_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct digest {
    uint64_t word[2];
} digest;

// {0} is the state of no bytes.
typedef struct digest_state {
    uint64_t h[2];
    uint64_t bytes;
    uint8_t tail[16]; // the bytes mod 16 that do not fill a block
} digest_state;

void digest_add(digest_state *s, const void *data, size_t bytes);
digest digest_end(const digest_state *s);

// The digest of one piece.
digest digest_of(const void *data, size_t bytes);

static inline bool digest_same(digest a, digest b) {
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

// 32 hexadecimal digits in the usual order of this digest, and a terminator.
#define DIGEST_TEXT 33
void digest_text(char out[DIGEST_TEXT], digest d);

#endif
