// Whole documents put together into samples, for sets of pairs: every answer is learnt, and looked
// at, with its whole prompt in view.
//
// A pack is as many documents on end, BOS to EOS, as a sample predicts whole. A longer document is
// a pack by itself: of one with a prompt the beginning, with as much of the answer as sees all of
// the prompt; one without goes on in pieces. A document whose prompt alone fills a sample is in no
// pack. All else is in exactly one.
#ifndef DATA_SAMPLER_PACKS_H
#define DATA_SAMPLER_PACKS_H

#include "data/corpus.h"

// {0} is empty.
typedef struct packs {
    const corpus *c; // borrowed
    corpus_set set;
    size_t group, length; // symbols of a sample
    uint64_t *start;      // [count], owned: position of the first symbol of each
    size_t count;         // 0: no document has a prompt, or nothing fits
} packs;

// The caller frees *out. After a failure there is nothing to free.
axl_status packs_make(packs *out, const corpus *c, corpus_range of, axl_error *err);
void packs_free(packs *p); // leaves {0}

// The pack as what goes in, ids[length], and what comes next, target[length]. Prompts and what is
// behind the last document are not to be predicted.
axl_status packs_read(const packs *p, size_t index, uint16_t *ids, uint16_t *target,
                      axl_error *err);

// Prompts are given, not predicted: target[of.count] are the symbols from of.start on, round the
// end of the text.
void packs_forget_prompts(const corpus *c, corpus_range of, uint16_t *target);

#endif
