#include "infer/draft.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <string.h>

#define DRAFT_BUCKETS ((size_t)4096)
#define PROBES 16 // places that are compared: the newest ones

static size_t bucket_of(const uint16_t *last) {
    uint32_t h = 0;
    for (size_t i = 0; i < DRAFT_MATCH; i++) h = (h ^ last[i]) * 0x9E3779B1u;
    return h >> 20; // the upper 12 bits: DRAFT_BUCKETS
}

void draft_free(draft_index *d) {
    mem_free(d->newest);
    mem_free(d->older);
    *d = (draft_index){0};
}

size_t draft_bytes(const draft_index *d) {
    const size_t newest = d->newest ? DRAFT_BUCKETS * sizeof *d->newest : 0;
    return newest + d->capacity * sizeof *d->older;
}

static axl_status reserve(draft_index *d, size_t length, axl_error *err) {
    RETURN_IF(length >= UINT32_MAX, err, AXL_TOO_LARGE, "a text of %zu bytes", length);
    if (!d->newest) d->newest = mem_zalloc_array(DRAFT_BUCKETS, sizeof *d->newest);
    if (!d->newest) return error_no_memory(err, "drafts", DRAFT_BUCKETS * sizeof *d->newest);
    if (length <= d->capacity) return AXL_OK;
    const size_t capacity = size_max(length, 2 * d->capacity);
    uint32_t *grown = mem_resize_array(d->older, capacity, sizeof *grown);
    if (!grown) return error_no_memory(err, "drafts", capacity * sizeof *grown);
    d->older = grown;
    d->capacity = capacity;
    return AXL_OK;
}

axl_status draft_grow(draft_index *d, const uint16_t *text, size_t length, axl_error *err) {
    FORWARD(reserve(d, length, err));
    for (; d->length < length; d->length++) {
        d->older[d->length] = 0;
        if (d->length + 1 < DRAFT_MATCH) continue;
        uint32_t *newest = &d->newest[bucket_of(text + d->length + 1 - DRAFT_MATCH)];
        d->older[d->length] = *newest;
        *newest = (uint32_t)d->length + 1;
    }
    return AXL_OK;
}

// The newest end of a bucket is the last that was put in, so taking away is the reverse.
void draft_cut(draft_index *d, const uint16_t *text, size_t length) {
    while (d->length > length) {
        d->length--;
        if (d->length + 1 < DRAFT_MATCH) continue;
        d->newest[bucket_of(text + d->length + 1 - DRAFT_MATCH)] = d->older[d->length];
    }
}

axl_status draft_copy(draft_index *to, const draft_index *from, axl_error *err) {
    if (from->length == 0) {
        draft_free(to);
        return AXL_OK;
    }
    draft_index made = {0};
    const axl_status status = reserve(&made, from->length, err);
    if (status != AXL_OK) {
        draft_free(&made);
        return status;
    }
    memcpy(made.newest, from->newest, DRAFT_BUCKETS * sizeof *made.newest);
    memcpy(made.older, from->older, from->length * sizeof *made.older);
    made.length = from->length;
    draft_free(to);
    *to = made;
    return AXL_OK;
}

// Symbols before `end` that agree with those at the end of the text.
static size_t agree(const uint16_t *text, size_t length, size_t end) {
    size_t n = 0;
    while (n < DRAFT_MATCH_MAX && n < end && text[end - 1 - n] == text[length - 1 - n]) n++;
    return n;
}

draft_place draft_find(const draft_index *d, const uint16_t *text) {
    draft_place best = {0};
    const size_t length = d->length;
    if (length < DRAFT_MATCH) return best;
    uint32_t at = d->older[length - 1]; // before the end of the text itself
    for (int i = 0; i < PROBES && at != 0 && best.match < DRAFT_MATCH_MAX; i++) {
        const size_t match = agree(text, length, at);
        if (match >= DRAFT_MATCH && match > best.match) best = (draft_place){at, match};
        at = d->older[at - 1];
    }
    return best;
}
