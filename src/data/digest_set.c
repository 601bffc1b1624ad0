#include "data/digest_set.h"

#include "base/alloc.h"
#include "base/error.h"

static bool is_zero(digest d) {
    return d.word[0] == 0 && d.word[1] == 0;
}

// The slot of the digest, or the free one where it belongs.
static size_t find(const digest_set *s, digest d) {
    size_t i = (size_t)d.word[0] & (s->slots - 1);
    while (!is_zero(s->slot[i]) && !digest_same(s->slot[i], d)) i = (i + 1) & (s->slots - 1);
    return i;
}

bool digest_set_has(const digest_set *s, digest d) {
    if (is_zero(d)) return s->zero;
    return s->slots > 0 && !is_zero(s->slot[find(s, d)]);
}

// Keeps a quarter of the slots free, so that a search ends soon.
static axl_status grow(digest_set *s, axl_error *err) {
    if (s->used < s->slots / 4 * 3) return AXL_OK;
    digest_set more = {.slots = s->slots == 0 ? 256 : s->slots * 2, .used = s->used};
    more.zero = s->zero;
    more.slot = mem_zalloc_array(more.slots, sizeof *more.slot);
    if (!more.slot)
        return error_no_memory(err, "the search for copies", more.slots * sizeof *more.slot);
    for (size_t i = 0; i < s->slots; i++)
        if (!is_zero(s->slot[i])) more.slot[find(&more, s->slot[i])] = s->slot[i];
    mem_free(s->slot);
    *s = more;
    return AXL_OK;
}

axl_status digest_set_add(digest_set *s, digest d, axl_error *err) {
    if (is_zero(d)) {
        s->zero = true;
        return AXL_OK;
    }
    FORWARD(grow(s, err));
    const size_t i = find(s, d);
    s->used += is_zero(s->slot[i]);
    s->slot[i] = d;
    return AXL_OK;
}

void digest_set_free(digest_set *s) {
    mem_free(s->slot);
    *s = (digest_set){0};
}
