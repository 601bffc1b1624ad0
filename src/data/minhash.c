#include "data/minhash.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/words.h"

#include <string.h>

#define ROWS 4
#define BANDS (SKETCH_HASHES / ROWS)

// ---- sketches ----

// Hash function i is (run ^ flip[i]) * factor[i], its high bits folded into the low ones. The
// numbers are those of a stream of random ones, so that sketches are the same on every machine.
void sketch_maker_begin(sketch_maker *m) {
    const rng key = rng_key(0x6D696E68617368u, 1);
    rng_fill_u32(key, 0, m->flip, SKETCH_HASHES);
    rng_fill_u32(key, SKETCH_HASHES, m->factor, SKETCH_HASHES);
    for (size_t i = 0; i < SKETCH_HASHES; i++) m->factor[i] |= 1;
    memset(m->least, 0xFF, sizeof m->least);
    m->runs = 0;
}

void sketch_maker_add(sketch_maker *m, uint64_t run) {
    const uint32_t x = (uint32_t)(run >> 32) ^ (uint32_t)run;
    m->runs++;
    for (size_t i = 0; i < SKETCH_HASHES; i++) {
        uint32_t h = (x ^ m->flip[i]) * m->factor[i];
        h ^= h >> 15;
        m->least[i] = h < m->least[i] ? h : m->least[i];
    }
}

bool sketch_maker_end(const sketch_maker *m, sketch *out) {
    // The least of many values has no high bits to tell it by; its low ones are as good as any.
    for (size_t i = 0; i < SKETCH_HASHES; i++)
        out->place[i] = (uint16_t)(m->least[i] * 0x9E3779B1u >> 16);
    return m->runs >= SKETCH_LEAST;
}

bool sketch_of(sketch *out, const char *text, size_t bytes) {
    words w = {(const uint8_t *)text, (const uint8_t *)text + bytes};
    runs r = runs_begin(SKETCH_RUN);
    sketch_maker m;
    sketch_maker_begin(&m);
    for (uint64_t word, run; words_next(&w, &word);)
        if (runs_add(&r, word, &run)) sketch_maker_add(&m, run);
    return sketch_maker_end(&m, out);
}

static size_t equal_places(const sketch *a, const sketch *b) {
    size_t same = 0;
    for (size_t i = 0; i < SKETCH_HASHES; i++) same += a->place[i] == b->place[i];
    return same;
}

double sketch_similarity(const sketch *a, const sketch *b) {
    return (double)equal_places(a, b) / SKETCH_HASHES;
}

// ---- sets of them ----

// All bands share one table: a slot has 1 + the number of a sketch, and which band it is of follows
// from the value that led there, compared again in the sketch.
struct near_set {
    size_t least; // equal places that make two near
    sketch *kept; // [count]
    size_t count, room;
    uint32_t *slot; // [slots]
    size_t slots;   // a power of two
    size_t used;
};

axl_status near_set_open(near_set **out, double least, axl_error *err) {
    *out = mem_zalloc(sizeof **out);
    if (!*out) return error_no_memory(err, "the search for near copies", sizeof **out);
    // The smallest number of places whose share is not below `least`.
    while ((double)(*out)->least < least * SKETCH_HASHES) (*out)->least++;
    return AXL_OK;
}

void near_set_close(near_set *s) {
    if (!s) return;
    mem_free(s->kept);
    mem_free(s->slot);
    mem_free(s);
}

static bool same_band(const sketch *a, const sketch *b, size_t band) {
    return memcmp(a->place + band * ROWS, b->place + band * ROWS, ROWS * sizeof *a->place) == 0;
}

// Where the search for a value of a band begins.
static size_t first_slot(const near_set *s, const sketch *k, size_t band) {
    uint64_t h = band + 1;
    for (size_t i = 0; i < ROWS; i++) h = (h ^ k->place[band * ROWS + i]) * 0x9E3779B97F4A7C15u;
    return (size_t)(h >> 32 ^ h) & (s->slots - 1);
}

bool near_set_has(const near_set *s, const sketch *k) {
    for (size_t band = 0; band < BANDS && s->slots > 0; band++)
        for (size_t i = first_slot(s, k, band); s->slot[i] != 0; i = (i + 1) & (s->slots - 1)) {
            const sketch *other = &s->kept[s->slot[i] - 1];
            if (same_band(k, other, band) && equal_places(k, other) >= s->least) return true;
        }
    return false;
}

// Puts the sketch where its bands lead, but for those where enough are already.
static void enter(near_set *s, size_t index) {
    const sketch *k = &s->kept[index];
    for (size_t band = 0; band < BANDS; band++) {
        size_t crowd = 0;
        size_t i = first_slot(s, k, band);
        for (; s->slot[i] != 0; i = (i + 1) & (s->slots - 1))
            crowd += same_band(k, &s->kept[s->slot[i] - 1], band);
        if (crowd >= NEAR_CROWD) continue;
        s->slot[i] = (uint32_t)index + 1;
        s->used++;
    }
}

// Keeps at least a quarter of the slots free, so that a search ends soon.
static axl_status grow_slots(near_set *s, axl_error *err) {
    if (s->used + BANDS < s->slots / 4 * 3) return AXL_OK;
    const size_t slots = s->slots == 0 ? 1024 : s->slots * 2;
    uint32_t *slot = mem_zalloc_array(slots, sizeof *slot);
    if (!slot) return error_no_memory(err, "the search for near copies", slots * sizeof *slot);
    mem_free(s->slot);
    s->slot = slot;
    s->slots = slots;
    s->used = 0;
    for (size_t i = 0; i < s->count; i++) enter(s, i);
    return AXL_OK;
}

axl_status near_set_add(near_set *s, const sketch *k, axl_error *err) {
    RETURN_IF(s->count >= UINT32_MAX - 1, err, AXL_TOO_LARGE, "more than 2^32 documents");
    FORWARD(grow_slots(s, err));
    if (s->count == s->room) {
        const size_t room = s->room == 0 ? 64 : s->room + s->room / 4;
        sketch *kept = mem_resize_array(s->kept, room, sizeof *kept);
        if (!kept) return error_no_memory(err, "the search for near copies", room * sizeof *kept);
        s->kept = kept;
        s->room = room;
    }
    s->kept[s->count] = *k;
    enter(s, s->count++);
    return AXL_OK;
}

uint64_t near_set_memory(const near_set *s) {
    return sizeof *s + s->room * sizeof *s->kept + s->slots * sizeof *s->slot;
}
