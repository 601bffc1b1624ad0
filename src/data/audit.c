#include "data/audit.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/corpus_parts.h"

#include <string.h>

#define PIECE_BYTES ((size_t)1 << 17)

// The hash of a run is its bytes as the digits of a number to this base, modulo 2^64; mixing makes
// the low bits, by which shingles are chosen, depend on all bytes.
#define BASE 0x9E3779B97F4A7C15u

typedef struct audit {
    const corpus *c;
    uint64_t *slot; // [slots]: hashes of shingles of the held-out set; 0 is free
    size_t slots;   // a power of two
    size_t used;
    uint64_t step;   // a power of two: only hashes below it in their low bits are looked at
    int shift;       // log2 of step
    uint64_t leaves; // BASE^AUDIT_SHINGLE: the weight of the byte that leaves the run
    char *piece;     // [AUDIT_SHINGLE + PIECE_BYTES]
    uint32_t *stamp; // [slots]: 1 + the training file that had the shingle last; or NULL
    uint32_t file;   // that is read now
} audit;

#define FOUND ((uint64_t)1 << 63) // in a slot: the training set has it too

static uint64_t mix(uint64_t h) {
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    return (h ^ h >> 32) & ~FOUND;
}

// The slot of the hash, or the free one where it belongs. One slot at least is always free.
static uint64_t *find(const audit *a, uint64_t hash) {
    size_t i = (size_t)(hash >> a->shift) & (a->slots - 1);
    while (a->slot[i] != 0 && (a->slot[i] & ~FOUND) != hash) i = (i + 1) & (a->slots - 1);
    return &a->slot[i];
}

typedef struct tally {
    uint64_t shingles, shared;
} tally;

typedef void visit(audit *a, uint64_t hash, tally *t);

static void insert(audit *a, uint64_t hash, tally *t) {
    (void)t;
    uint64_t *slot = find(a, hash);
    if (*slot != 0 || a->used >= a->slots / 4 * 3) return;
    *slot = hash;
    a->used++;
}

static void mark(audit *a, uint64_t hash, tally *t) {
    (void)t;
    uint64_t *slot = find(a, hash);
    if (*slot != 0) *slot |= FOUND;
}

static void count(audit *a, uint64_t hash, tally *t) {
    const uint64_t slot = *find(a, hash);
    t->shingles += slot != 0;
    t->shared += (slot & FOUND) != 0;
}

// Bytes of a document with the AUDIT_SHINGLE bytes before them, if there are so many.
typedef struct window {
    const uint8_t *byte;
    size_t bytes;
    uint64_t seen; // bytes of the document before these
    uint64_t hash; // of the last AUDIT_SHINGLE bytes, or of all if there are fewer
} window;

static void roll(audit *a, window *w, visit *fn, tally *t) {
    uint64_t hash = w->hash;
    for (size_t i = 0; i < w->bytes; i++) {
        hash = hash * BASE + w->byte[i] + 1;
        const uint64_t length = w->seen + i + 1;
        if (length > AUDIT_SHINGLE) {
            // Bytes before the first of this piece lie in front of it.
            const uint8_t *leaving = w->byte + i - AUDIT_SHINGLE;
            hash -= (*leaving + (uint64_t)1) * a->leaves;
        }
        if (length < AUDIT_SHINGLE) continue;
        const uint64_t mixed = mix(hash);
        if ((mixed & (a->step - 1)) == 0 && mixed != 0) fn(a, mixed, t);
    }
    w->hash = hash;
    w->seen += w->bytes;
}

// All shingles of a document that are looked at.
static axl_status visit_document(audit *a, const document *d, visit *fn, tally *t, axl_error *err) {
    char *now = a->piece + AUDIT_SHINGLE;
    window w = {.byte = (const uint8_t *)now};
    for (uint64_t at = 0; at < d->bytes; at += w.bytes) {
        if (at > 0)
            for (size_t i = 0; i < AUDIT_SHINGLE; i++)
                a->piece[i] = now[w.bytes + i - AUDIT_SHINGLE];
        const uint64_t left = d->bytes - at;
        os_piece p = {.offset = at, .to = now};
        p.bytes = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        FORWARD(corpus_read(a->c, d, &p, err));
        w.bytes = p.bytes;
        roll(a, &w, fn, t);
    }
    return AXL_OK;
}

static axl_status visit_set(audit *a, bool held, visit *fn, axl_error *err) {
    for (size_t i = 0; i < a->c->documents; i++) {
        const document *d = &a->c->document[i];
        tally none;
        if (d->held == held) FORWARD(visit_document(a, d, fn, &none, err));
    }
    return AXL_OK;
}

// What a run of held-out documents belongs to: its file, or its unit.
typedef uint32_t place_of(const corpus *c, const document *d);

static uint32_t file_of(const corpus *c, const document *d) {
    (void)c;
    return d->file;
}

static uint32_t unit_of(const corpus *c, const document *d) {
    return c->file[d->file].unit;
}

typedef struct counting {
    place_of *place;
    void (*done)(void *ctx, uint32_t place, const tally *t);
    void *ctx;
} counting;

// The held-out documents of one file, or unit, lie together but for cut ones, which come last.
static axl_status count_places(audit *a, const counting *n, axl_error *err) {
    const corpus *c = a->c;
    for (size_t i = 0; i < c->documents;) {
        const uint32_t place = n->place(c, &c->document[i]);
        tally t = {0};
        for (; i < c->documents && n->place(c, &c->document[i]) == place; i++)
            if (c->document[i].held) FORWARD(visit_document(a, &c->document[i], count, &t, err));
        if (t.shingles > 0) n->done(n->ctx, place, &t);
    }
    return AXL_OK;
}

static double share_of(const tally *t) {
    return t->shingles > 0 ? (double)t->shared / (double)t->shingles : 0;
}

// Chooses the step, so that the table holds what the held-out set has.
static axl_status make_table(audit *a, axl_error *err) {
    uint64_t shingles = 0;
    for (size_t i = 0; i < a->c->documents; i++) {
        const document *d = &a->c->document[i];
        if (d->held && d->bytes >= AUDIT_SHINGLE) shingles += d->bytes - AUDIT_SHINGLE + 1;
    }
    for (a->step = 1; shingles / a->step > AUDIT_TABLE; a->step *= 2) a->shift++;
    for (a->slots = 1024; a->slots < shingles / a->step * 2;) a->slots *= 2;
    a->leaves = 1;
    for (int i = 0; i < AUDIT_SHINGLE; i++) a->leaves *= BASE;
    a->slot = mem_zalloc_array(a->slots, sizeof *a->slot);
    a->piece = mem_alloc(AUDIT_SHINGLE + PIECE_BYTES);
    if (a->slot && a->piece) return AXL_OK;
    return error_no_memory(err, "the overlap audit", a->slots * sizeof *a->slot + PIECE_BYTES);
}

static void free_table(audit *a) {
    mem_free(a->slot);
    mem_free(a->piece);
    mem_free(a->stamp);
}

// Marks what both sets have, then tells of each place.
static axl_status compare(audit *a, const counting *n, axl_error *err) {
    FORWARD(make_table(a, err));
    FORWARD(visit_set(a, true, insert, err));
    FORWARD(visit_set(a, false, mark, err));
    return count_places(a, n, err);
}

// ---- units ----

typedef struct unit_marks {
    bool *near;
} unit_marks;

static void close_unit(void *ctx, uint32_t place, const tally *t) {
    const unit_marks *m = ctx;
    if (t->shingles >= AUDIT_LEAST && share_of(t) > AUDIT_SHARE) m->near[place] = true;
}

axl_status audit_units(const corpus *c, bool *near, axl_error *err) {
    audit a = {.c = c};
    unit_marks marks = {near};
    const counting n = {unit_of, close_unit, &marks};
    const axl_status status = compare(&a, &n, err);
    free_table(&a);
    return status;
}

// ---- files ----

typedef struct file_marks {
    const corpus *c;
    audit_report *out;
    audit_listener *listener;
    void *ctx;
    uint32_t worst;
} file_marks;

static void close_file(void *ctx, uint32_t place, const tally *t) {
    file_marks *m = ctx;
    audit_report *out = m->out;
    out->shingles += t->shingles;
    out->shared += t->shared;
    if (t->shingles < AUDIT_LEAST) return;
    const char *path = corpus_file_name(m->c, &m->c->file[place]);
    out->files++;
    out->warned += share_of(t) > AUDIT_SHARE;
    if (m->listener) m->listener(m->ctx, path, t->shingles, t->shared);
    if (out->worst && share_of(t) <= out->worst_share) return;
    out->worst = path;
    out->worst_share = share_of(t);
    m->worst = place;
}

// A shingle counts once for each file.
static void stamp(audit *a, uint64_t hash, tally *t) {
    const uint64_t *slot = find(a, hash);
    uint32_t *last = &a->stamp[slot - a->slot];
    if (*slot == 0 || *last == a->file + 1) return;
    *last = a->file + 1;
    t->shared++;
}

// The training file that has most shingles of the held-out file.
static axl_status find_source(audit *a, uint32_t file, const char **out, axl_error *err) {
    const corpus *c = a->c;
    uint64_t most = 0;
    tally t = {0};
    memset(a->slot, 0, a->slots * sizeof *a->slot);
    a->used = 0;
    a->stamp = mem_zalloc_array(a->slots, sizeof *a->stamp);
    if (!a->stamp) return error_no_memory(err, "the overlap audit", a->slots * sizeof *a->stamp);
    for (size_t i = 0; i < c->documents; i++) {
        const document *d = &c->document[i];
        if (d->held && d->file == file) FORWARD(visit_document(a, d, insert, &t, err));
    }
    for (size_t i = 0; i < c->documents; i++) {
        const document *d = &c->document[i];
        if (d->held) continue;
        if (d->file != a->file) t = (tally){0};
        a->file = d->file;
        FORWARD(visit_document(a, d, stamp, &t, err));
        if (t.shared <= most) continue;
        most = t.shared;
        *out = corpus_file_name(c, &c->file[d->file]);
    }
    return AXL_OK;
}

axl_status corpus_audit(const corpus *c, audit_report *out, audit_listener *listener, void *ctx,
                        axl_error *err) {
    audit a = {.c = c};
    *out = (audit_report){0};
    file_marks marks = {.c = c, .out = out, .listener = listener, .ctx = ctx};
    const counting n = {file_of, close_file, &marks};
    axl_status status = compare(&a, &n, err);
    out->step = a.step;
    if (status == AXL_OK && out->worst_share > AUDIT_SHARE)
        status = find_source(&a, marks.worst, &out->source, err);
    free_table(&a);
    return status;
}
