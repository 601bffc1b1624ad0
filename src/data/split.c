#include "data/split.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/audit.h"

#include <stdlib.h>
#include <string.h>

// One unit in the order in which they are taken.
typedef struct candidate {
    digest key;
    uint32_t unit;
} candidate;

static int by_key(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    for (int i = 0; i < 2; i++)
        if (x->key.word[i] != y->key.word[i]) return x->key.word[i] < y->key.word[i] ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

// The name counts without the folder that was named, so that the split does not depend on where it
// lies; with several such folders it counts whole.
static digest key_of(const corpus *c, const data_unit *u, uint64_t seed, bool full_names) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(seed >> (8 * i));
    digest_state s = {0};
    digest_add(&s, bytes, sizeof bytes);
    const size_t skip = full_names || u->base > u->length ? 0 : u->base;
    digest_add(&s, c->names.data + u->name + skip, u->length - skip);
    return digest_end(&s);
}

// Takes units until there are enough bytes; false when all are too large.
static bool take_units(corpus *c, const candidate *list, size_t count, uint64_t target,
                       uint64_t bytes) {
    // Never all of the group, which twice a half would be.
    const uint64_t most = 2 * target < (bytes + target) / 2 ? 2 * target : (bytes + target) / 2;
    uint64_t taken = 0;
    for (size_t i = 0; i < count && taken < target; i++) {
        data_unit *u = &c->unit[list[i].unit];
        if (u->near || u->bytes > most - taken) continue;
        u->held = true;
        taken += u->bytes;
    }
    return taken > 0;
}

static bool take_smallest(corpus *c, const candidate *list, size_t count, uint64_t bytes) {
    data_unit *smallest = NULL;
    for (size_t i = 0; i < count; i++) {
        data_unit *u = &c->unit[list[i].unit];
        if (!u->near && (!smallest || u->bytes < smallest->bytes)) smallest = u;
    }
    if (!smallest || smallest->bytes > bytes / 3) return false;
    smallest->held = true;
    return true;
}

// The start of the first line at or behind `from`, below the last byte; `from` itself where there
// is none.
static axl_status find_line(const corpus *c, const document *d, uint64_t from, uint64_t *out,
                            axl_error *err) {
    char piece[4096];
    *out = from;
    for (uint64_t at = from; at < d->bytes; at += sizeof piece) {
        const uint64_t left = d->bytes - at;
        os_piece p = {.offset = at, .to = piece};
        p.bytes = left < sizeof piece ? (size_t)left : sizeof piece;
        FORWARD(corpus_read(c, d, &p, err));
        const char *newline = memchr(piece, '\n', p.bytes);
        if (!newline) continue;
        const uint64_t line = at + (uint64_t)(newline - piece) + 1;
        if (line < d->bytes) *out = line;
        return AXL_OK;
    }
    return AXL_OK;
}

// Cuts document i, whose end becomes a held-out document at the end of the list.
static axl_status cut_document(corpus *c, size_t i, uint64_t tail, axl_error *err) {
    uint64_t cut = 0;
    FORWARD(find_line(c, &c->document[i], c->document[i].bytes - tail, &cut, err));
    document *grown = mem_resize_array(c->document, c->documents + 1, sizeof *grown);
    if (!grown) return error_no_memory(err, "documents", (c->documents + 1) * sizeof *grown);
    c->document = grown;
    document *head = &grown[i], *end = &grown[c->documents++];
    *end = *head;
    end->held = true;
    end->offset += cut;
    end->bytes -= cut;
    head->bytes = cut;
    FORWARD(corpus_hash(c, head, &head->hash, err));
    return corpus_hash(c, end, &end->hash, err);
}

static size_t group_of(const corpus *c, const document *d) {
    return c->unit[c->file[d->file].unit].group;
}

// Holds out the last documents of the group, whole ones as long as they fit.
static axl_status take_tail(corpus *c, size_t group, uint64_t target, axl_error *err) {
    uint64_t taken = 0;
    c->summary.tail = true;
    for (size_t i = c->documents; i-- > 0;) {
        document *d = &c->document[i];
        if (group_of(c, d) != group) continue;
        if (d->bytes > target - taken) {
            if (taken > 0 || d->bytes < 2) return AXL_OK;
            return cut_document(c, i, target > 0 ? target : 1, err);
        }
        d->held = true;
        taken += d->bytes;
    }
    return AXL_OK;
}

// Lets near copies be held out after all, where there is nothing else. False without any.
static bool settle(corpus *c, const candidate *list, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        data_unit *u = &c->unit[list[i].unit];
        any = any || u->near;
        u->near = false;
        u->settled = true;
    }
    return any;
}

static axl_status split_group(corpus *c, size_t group, candidate *list, double fraction,
                              axl_error *err) {
    size_t count = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < c->units; i++) bytes += c->unit[i].group == group ? c->unit[i].bytes : 0;
    const uint64_t target = (uint64_t)((double)bytes * fraction);
    if (bytes == 0 || target == 0) return AXL_OK;
    while (list[count].unit != UINT32_MAX && c->unit[list[count].unit].group == group) count++;
    // An only unit is too large for both.
    if (take_units(c, list, count, target, bytes)) return AXL_OK;
    if (take_smallest(c, list, count, bytes)) return AXL_OK;
    if (settle(c, list, count)) return split_group(c, group, list, fraction, err);
    return take_tail(c, group, target, err);
}

static axl_status split_once(corpus *c, const split_choice *how, axl_error *err) {
    candidate *list = mem_alloc_array(c->units + 1, sizeof *list);
    if (!list) return error_no_memory(err, "the split", (c->units + 1) * sizeof *list);
    for (size_t i = 0; i < c->units; i++)
        list[i] = (candidate){key_of(c, &c->unit[i], how->seed, how->full_names), (uint32_t)i};
    list[c->units].unit = UINT32_MAX;
    // Units of one group lie together, group after group.
    axl_status status = AXL_OK;
    for (size_t first = 0, end; first < c->units && status == AXL_OK; first = end) {
        const size_t group = c->unit[first].group;
        for (end = first; end < c->units && c->unit[end].group == group;) end++;
        qsort(list + first, end - first, sizeof *list, by_key);
        status = split_group(c, group, list + first, how->fraction, err);
    }
    mem_free(list);
    for (size_t i = 0; i < c->documents; i++)
        if (c->unit[c->file[c->document[i].file].unit].held) c->document[i].held = true;
    return status;
}

// Marks held-out units that are near copies; *again says whether there is one.
static axl_status mark_near(corpus *c, bool *again, axl_error *err) {
    bool *near = mem_zalloc_array(c->units, sizeof *near);
    *again = false;
    if (!near) return error_no_memory(err, "the split", c->units * sizeof *near);
    const axl_status status = audit_units(c, near, err);
    for (size_t i = 0; i < c->units && status == AXL_OK; i++) {
        data_unit *u = &c->unit[i];
        if (!near[i] || u->settled || !u->held) continue;
        u->near = *again = true;
    }
    mem_free(near);
    return status;
}

// Rounds of looking for near copies. Each takes one reading of the text; copies of copies need more
// than one. What is left after the last is told by corpus_audit.
#define ROUNDS 16

axl_status split_corpus(corpus *c, const split_choice *how, axl_error *err) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < c->units; i++) bytes += c->unit[i].bytes;
    FORWARD(split_once(c, how, err));
    bool again = how->audit_most >= bytes;
    for (int round = 0; again && round < ROUNDS && !c->summary.tail; round++) {
        FORWARD(mark_near(c, &again, err));
        if (!again) break;
        for (size_t i = 0; i < c->units; i++) c->unit[i].held = false;
        for (size_t i = 0; i < c->documents; i++) c->document[i].held = false;
        FORWARD(split_once(c, how, err));
    }
    for (size_t i = 0; i < c->units; i++) c->summary.near += c->unit[i].near;
    return AXL_OK;
}
