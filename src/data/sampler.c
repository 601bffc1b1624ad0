#include "data/sampler.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/fim.h"
#include "data/shuffle.h"

#include <string.h>

// Streams of random numbers, told apart in the top byte so that they meet no other of the same
// seed; the group and the epoch or block are in the others.
enum { STREAM_PHASE = 0xD0, STREAM_ORDER, STREAM_MIX, STREAM_FIM, STREAM_CUT };

static rng stream(const sampler *s, uint64_t kind, uint64_t group, uint64_t number) {
    return rng_key(s->options.seed, kind << 56 | group << 40 | number);
}

// Largest remainder: everyone gets the whole part of the share, and who has the largest fractions
// one more until the block is full; the first of equals.
static void share_block(sampler *s) {
    double rest[CORPUS_GROUPS];
    uint16_t count[CORPUS_GROUPS];
    size_t left = SAMPLER_BLOCK;
    for (size_t g = 0; g < s->groups; g++) {
        const double share = corpus_weight(s->c, g) * SAMPLER_BLOCK;
        count[g] = (uint16_t)share;
        rest[g] = share - count[g];
        left -= count[g];
    }
    for (; left > 0; left--) {
        size_t most = 0;
        for (size_t g = 1; g < s->groups; g++)
            if (rest[g] > rest[most]) most = g;
        count[most]++;
        rest[most] -= 1;
    }
    for (size_t g = 0; g < s->groups; g++) s->first[g + 1] = (uint16_t)(s->first[g] + count[g]);
}

// Of each group, where any has prompts.
static axl_status make_packs(sampler *s, axl_error *err) {
    packs *all = mem_zalloc_array(s->groups, sizeof *all);
    if (!all) return error_no_memory(err, "the places of pairs", s->groups * sizeof *all);
    s->packs = all;
    size_t count = 0;
    for (size_t g = 0; g < s->groups; g++) {
        const corpus_range of = {.set = CORPUS_TRAIN, .group = g, .count = s->options.length};
        FORWARD(packs_make(&all[g], s->c, of, err));
        count += all[g].count;
    }
    if (count == 0) sampler_free(s);
    return AXL_OK;
}

void sampler_free(sampler *s) {
    for (size_t g = 0; s->packs && g < s->groups; g++) packs_free(&s->packs[g]);
    mem_free(s->packs);
    s->packs = NULL;
}

axl_status sampler_init(sampler *out, const corpus *c, const sampler_options *options,
                        axl_error *err) {
    RETURN_IF(options->length < 1 || options->length > SAMPLER_LENGTH_MAX, err, AXL_BAD_ARGUMENT,
              "samples must have 1 to %zu symbols", SAMPLER_LENGTH_MAX);
    RETURN_IF(!(options->fim_rate >= 0 && options->fim_rate <= 1), err, AXL_BAD_ARGUMENT,
              "the share of fill-in-the-middle samples must be 0 to 1");
    RETURN_IF(options->fim_rate > 0 && options->length < SAMPLER_FIM_LEAST, err, AXL_BAD_ARGUMENT,
              "fill-in-the-middle needs samples of at least %d symbols", SAMPLER_FIM_LEAST);
    *out = (sampler){.c = c, .options = *options, .groups = corpus_summarize(c)->groups};
    share_block(out);
    const axl_status status = make_packs(out, err);
    if (status != AXL_OK) sampler_free(out);
    return status;
}

// Crops of the ring, of which the last goes on at the beginning.
static uint64_t ring_crops(const sampler *s, size_t group) {
    const uint64_t length = corpus_length(s->c, CORPUS_TRAIN, group);
    return length / s->options.length + (length % s->options.length != 0);
}

static const packs *packs_of(const sampler *s, size_t group) {
    return s->packs && s->packs[group].count > 0 ? &s->packs[group] : NULL;
}

uint64_t sampler_crops(const sampler *s, size_t group) {
    return packs_of(s, group) ? packs_of(s, group)->count : ring_crops(s, group);
}

// The group of sample n, and its number among the samples of that group.
static size_t group_of(const sampler *s, uint64_t n, uint64_t *index) {
    *index = n;
    if (s->groups == 1) return 0;
    const uint64_t block = n / SAMPLER_BLOCK;
    const uint64_t place =
        shuffle_at(stream(s, STREAM_MIX, 0, block), n % SAMPLER_BLOCK, SAMPLER_BLOCK);
    size_t group = 0;
    while (place >= s->first[group + 1]) group++;
    const uint64_t each = (uint64_t)s->first[group + 1] - s->first[group];
    *index = block * each + place - s->first[group];
    return group;
}

sample_place sampler_place(const sampler *s, uint64_t n) {
    sample_place p = {0};
    uint64_t index;
    p.group = group_of(s, n, &index);
    p.fim = s->options.fim_rate > 0 &&
            rng_uniform(stream(s, STREAM_FIM, 0, 0), n) < (float)s->options.fim_rate;
    const packs *pairs = p.fim ? NULL : packs_of(s, p.group);
    const uint64_t crops = pairs ? pairs->count : ring_crops(s, p.group);
    p.epoch = index / crops;
    p.crop = shuffle_at(stream(s, STREAM_ORDER, p.group, p.epoch), index % crops, crops);
    p.packed = pairs != NULL;
    if (pairs) {
        p.start = pairs->start[p.crop];
        return p;
    }
    const uint64_t length = corpus_length(s->c, CORPUS_TRAIN, p.group);
    const uint64_t phase = rng_below(stream(s, STREAM_PHASE, p.group, 0), p.epoch, length);
    // Below length + length of a crop; both far below 2^63.
    p.start = (phase + p.crop * s->options.length) % length;
    return p;
}

// count symbols from the place on, round the ring.
static axl_status read_ring(const sampler *s, sample_place p, uint16_t *out, size_t count,
                            axl_error *err) {
    const uint64_t length = corpus_length(s->c, CORPUS_TRAIN, p.group);
    for (size_t done = 0; done < count;) {
        const uint64_t at = (p.start + done) % length;
        corpus_range range = {CORPUS_TRAIN, p.group, at, count - done};
        if (range.count > length - at) range.count = (size_t)(length - at);
        FORWARD(corpus_symbols(s->c, range, out + done, err));
        done += range.count;
    }
    return AXL_OK;
}

static axl_status sample_crop(const sampler *s, sample_place p, uint16_t *ids, uint16_t *target,
                              axl_error *err) {
    const size_t length = s->options.length;
    FORWARD(read_ring(s, p, ids, length, err));
    memcpy(target, ids + 1, (length - 1) * sizeof *ids);
    sample_place last = p;
    last.start += length;
    FORWARD(read_ring(s, last, target + length - 1, 1, err));
    const corpus_range predicted = {CORPUS_TRAIN, p.group, p.start + 1, length};
    packs_forget_prompts(s->c, predicted, target);
    return AXL_OK;
}

// Makes the bytes of symbols, in place.
static uint8_t *to_bytes(uint16_t *symbols, size_t count) {
    uint8_t *bytes = (uint8_t *)symbols;
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)symbols[i];
    return bytes;
}

static axl_status sample_fim(const sampler *s, sample_place p, uint64_t n, uint16_t *whole,
                             axl_error *err) {
    const size_t room = s->options.length + 1;
    const size_t index = corpus_document_of(s->c, CORPUS_TRAIN, p.group, p.start);
    const corpus_document d = corpus_document_at(s->c, CORPUS_TRAIN, p.group, index);
    const size_t bytes = d.bytes < room - FIM_EXTRA ? (size_t)d.bytes : room - FIM_EXTRA;
    uint64_t first = p.start - d.start; // in the document with its BOS
    if (first > d.bytes - bytes) first = d.bytes - bytes;
    const corpus_range range = {CORPUS_TRAIN, p.group, d.start + 1 + first, bytes};
    uint16_t *text = whole + room;
    FORWARD(corpus_symbols(s->c, range, text, err));
    const uint8_t *plain = to_bytes(text, bytes);
    const fim_cut cut = fim_choose(plain, bytes, stream(s, STREAM_CUT, 0, 0), n);
    fim_arrange(plain, bytes, cut, whole, room);
    return AXL_OK;
}

static bool is_unknown(uint16_t symbol) {
    return symbol == CORPUS_BOS || (symbol >= FIM_PREFIX && symbol <= FIM_PAD);
}

axl_status sampler_sample(const sampler *s, uint64_t n, uint16_t *ids, uint16_t *target,
                          axl_error *err) {
    const size_t length = s->options.length;
    const sample_place p = sampler_place(s, n);
    if (p.fim) {
        // The sample with one symbol more, and room for the text that it is made of.
        const size_t bytes = 2 * (length + 1) * sizeof(uint16_t);
        uint16_t *whole = mem_alloc(bytes);
        if (!whole) return error_no_memory(err, "a fill-in-the-middle sample", bytes);
        const axl_status status = sample_fim(s, p, n, whole, err);
        if (status == AXL_OK) {
            memcpy(ids, whole, length * sizeof *ids);
            memcpy(target, whole + 1, length * sizeof *target);
        }
        mem_free(whole);
        FORWARD(status);
    } else if (p.packed) {
        FORWARD(packs_read(&s->packs[p.group], (size_t)p.crop, ids, target, err));
    } else {
        FORWARD(sample_crop(s, p, ids, target, err));
    }
    for (size_t i = 0; i < length; i++)
        if (is_unknown(target[i])) target[i] = SAMPLER_IGNORE;
    return AXL_OK;
}
