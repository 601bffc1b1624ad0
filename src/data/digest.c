#include "data/digest.h"

#include "base/sizes.h"

#include <string.h>

#define C1 0x87C37B91114253D5u
#define C2 0x4CF5AD432745937Fu

static uint64_t rotate(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

// Little-endian on every machine.
static uint64_t load(const uint8_t *p) {
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--) x = x << 8 | p[i];
    return x;
}

static uint64_t mix_first(uint64_t k) {
    return rotate(k * C1, 31) * C2;
}

static uint64_t mix_second(uint64_t k) {
    return rotate(k * C2, 33) * C1;
}

static uint64_t finish(uint64_t k) {
    k = (k ^ k >> 33) * 0xFF51AFD7ED558CCDu;
    k = (k ^ k >> 33) * 0xC4CEB9FE1A85EC53u;
    return k ^ k >> 33;
}

static void add_block(digest_state *s, const uint8_t *p) {
    s->h[0] ^= mix_first(load(p));
    s->h[0] = (rotate(s->h[0], 27) + s->h[1]) * 5 + 0x52DCE729u;
    s->h[1] ^= mix_second(load(p + 8));
    s->h[1] = (rotate(s->h[1], 31) + s->h[0]) * 5 + 0x38495AB5u;
}

void digest_add(digest_state *s, const void *data, size_t bytes) {
    const uint8_t *p = data;
    const size_t held = s->bytes % 16;
    s->bytes += bytes;
    if (held > 0) {
        const size_t part = size_min(16 - held, bytes);
        if (part > 0) memcpy(s->tail + held, p, part);
        if (held + part < 16) return;
        add_block(s, s->tail);
        p += part;
        bytes -= part;
    }
    for (; bytes >= 16; bytes -= 16, p += 16) add_block(s, p);
    if (bytes > 0) memcpy(s->tail, p, bytes);
}

digest digest_end(const digest_state *s) {
    uint8_t last[16] = {0};
    memcpy(last, s->tail, s->bytes % 16);
    uint64_t h0 = s->h[0] ^ mix_first(load(last)) ^ s->bytes;
    uint64_t h1 = s->h[1] ^ mix_second(load(last + 8)) ^ s->bytes;
    h0 += h1;
    h1 += h0;
    h0 = finish(h0);
    h1 = finish(h1);
    h0 += h1;
    h1 += h0;
    return (digest){{h0, h1}};
}

digest digest_of(const void *data, size_t bytes) {
    digest_state s = {0};
    digest_add(&s, data, bytes);
    return digest_end(&s);
}

void digest_text(char out[DIGEST_TEXT], digest d) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) out[i] = digits[d.word[i / 16] >> (60 - i % 16 * 4) & 15];
    out[32] = '\0';
}
