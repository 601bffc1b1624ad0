#include "data/words.h"

// The hash of a run is its words as the digits of a number to this odd base, modulo 2^64.
#define BASE 0x9E3779B97F4A7C15u

static uint64_t mix(uint64_t h) {
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}

// What a byte stands for in a word; 0: it is in none.
static uint8_t letter(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return (uint8_t)(c - 'A' + 'a');
    const bool in = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
    return in ? c : 0;
}

bool words_next(words *w, uint64_t *hash) {
    while (w->at < w->end && letter(*w->at) == 0) w->at++;
    if (w->at == w->end) return false;
    uint64_t h = 0;
    for (uint8_t c; w->at < w->end && (c = letter(*w->at)) != 0; w->at++)
        h = (h ^ c) * 0x100000001B3u;
    *hash = mix(h);
    return true;
}

bool words_next_name(words *w, uint64_t *hash) {
    for (const uint8_t *before = w->at; words_next(w, hash); before = w->at)
        for (const uint8_t *c = w->at; c > before && letter(c[-1]) != 0; c--)
            if (c[-1] < '0' || c[-1] > '9') return true;
    return false;
}

runs runs_begin(size_t length) {
    runs r = {.length = length, .leaves = 1};
    for (size_t i = 0; i < length; i++) r.leaves *= BASE;
    return r;
}

bool runs_add(runs *r, uint64_t word, uint64_t *run) {
    uint64_t *place = &r->word[r->seen % r->length];
    r->hash = r->hash * BASE + word - *place * r->leaves;
    *place = word;
    r->seen++;
    *run = mix(r->hash);
    return r->seen >= r->length;
}
