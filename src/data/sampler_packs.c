#include "data/sampler_packs.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/sampler.h"

#include <string.h>

// Symbols of one pack, and where the next one begins.
typedef struct extent {
    uint64_t start, count; // count 0: nothing that may be learnt
    uint64_t next;
} extent;

static bool has_prompts(const packs *p) {
    const size_t documents = corpus_documents(p->c, p->set, p->group);
    size_t i = 0;
    while (i < documents && corpus_document_at(p->c, p->set, p->group, i).prompt == 0) i++;
    return i < documents;
}

static uint64_t past(corpus_document d) {
    return d.start + 1 + d.bytes + 1;
}

// The pack that begins at `start`, the BOS of a document or a place in a long one without prompt. A
// sample predicts `length` symbols, all but the first of length + 1.
static extent extent_at(const packs *p, uint64_t start) {
    const size_t documents = corpus_documents(p->c, p->set, p->group);
    const uint64_t room = (uint64_t)p->length + 1;
    size_t index = corpus_document_of(p->c, p->set, p->group, start);
    corpus_document d = corpus_document_at(p->c, p->set, p->group, index);
    extent e = {.start = start, .count = past(d) - start, .next = past(d)};
    if (e.count > room) {
        e.count = d.prompt < p->length ? room : 0;
        if (d.prompt == 0) e.next = start + p->length; // its first symbol was predicted here
        return e;
    }
    for (index++; index < documents; index++) {
        d = corpus_document_at(p->c, p->set, p->group, index);
        if (past(d) - start > room) break;
        e.count = past(d) - start;
        e.next = past(d);
    }
    return e;
}

// Counts the packs, and where p->start is there, says where they begin.
static void lay(packs *p) {
    const uint64_t length = corpus_length(p->c, p->set, p->group);
    p->count = 0;
    for (uint64_t at = 0; at < length;) {
        const extent e = extent_at(p, at);
        if (e.count > 0) {
            if (p->start) p->start[p->count] = at;
            p->count++;
        }
        at = e.next;
    }
}

axl_status packs_make(packs *out, const corpus *c, corpus_range of, axl_error *err) {
    *out = (packs){.c = c, .set = of.set, .group = of.group, .length = of.count};
    if (!has_prompts(out)) return AXL_OK;
    lay(out);
    if (out->count == 0) return AXL_OK;
    const size_t bytes = out->count * sizeof *out->start;
    out->start = mem_alloc_array(out->count, sizeof *out->start);
    if (!out->start) {
        *out = (packs){0};
        return error_no_memory(err, "the places of pairs", bytes);
    }
    lay(out);
    return AXL_OK;
}

void packs_free(packs *p) {
    mem_free(p->start);
    *p = (packs){0};
}

void packs_forget_prompts(const corpus *c, corpus_range of, uint16_t *target) {
    const uint64_t text = corpus_length(c, of.set, of.group);
    for (size_t i = 0; i < of.count;) {
        const uint64_t at = (of.start + i) % text;
        const size_t index = corpus_document_of(c, of.set, of.group, at);
        const corpus_document d = corpus_document_at(c, of.set, of.group, index);
        const uint64_t answer = d.start + 1 + d.prompt;
        for (uint64_t k = at; k < past(d) && i < of.count; k++, i++)
            if (d.prompt > 0 && k < answer) target[i] = SAMPLER_IGNORE;
    }
}

axl_status packs_read(const packs *p, size_t index, uint16_t *ids, uint16_t *target,
                      axl_error *err) {
    const extent e = extent_at(p, p->start[index]);
    const size_t predicted = (size_t)(e.count - 1);
    const size_t given = e.count < p->length ? (size_t)e.count : p->length;
    const corpus_range in = {p->set, p->group, e.start, given};
    const corpus_range out = {p->set, p->group, e.start + 1, predicted};
    FORWARD(corpus_symbols(p->c, in, ids, err));
    FORWARD(corpus_symbols(p->c, out, target, err));
    packs_forget_prompts(p->c, out, target);
    for (size_t i = given; i < p->length; i++) ids[i] = CORPUS_EOS;
    memset(target + predicted, 0xff, (p->length - predicted) * sizeof *target); // SAMPLER_IGNORE
    return AXL_OK;
}
