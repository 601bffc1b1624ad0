// Which symbols training sees, and in which order: sample number n is a pure function of the corpus
// and (seed, length, n), so the cursor of a run is the number of the next sample and nothing else.
//
// Epochs. A group's text is taken as a ring and cut into crops of `length` symbols from a place on
// that is random for each epoch; each crop comes once an epoch, in an order that is random for each
// epoch. So every symbol is predicted once an epoch (where the length does not divide the text,
// fewer than `length` of them twice), and crops start anywhere.
//
// Pairs. Where documents have prompts, which are given and not to be learnt, samples are packs of
// whole documents instead (sampler_packs.h), each once an epoch. Only where no document fits into a
// sample with its prompt, crops it is.
//
// Mixing. With weights, each 1024 samples on end hold exactly as many of each group as its weight
// gives (largest remainder), in a random order.
#ifndef DATA_SAMPLER_H
#define DATA_SAMPLER_H

#include "data/sampler_packs.h"

#define SAMPLER_BLOCK 1024
#define SAMPLER_LENGTH_MAX ((size_t)1 << 20)
#define SAMPLER_IGNORE UINT16_MAX // a target that is not to be predicted: LOSS_IGNORE of kernels/

// Shortest samples that can be fill-in-the-middle.
#define SAMPLER_FIM_LEAST 32

typedef struct sampler_options {
    size_t length; // symbols of a sample
    uint64_t seed;
    double fim_rate; // share of samples that are fill-in-the-middle; for 264 symbols only
} sampler_options;

typedef struct sampler {
    const corpus *c; // borrowed
    sampler_options options;
    size_t groups;
    packs *packs;                      // [groups], owned; NULL: no document has a prompt
    uint16_t first[CORPUS_GROUPS + 1]; // group g has places first[g] to first[g + 1] - 1 of a block
} sampler;

// The caller frees *out. After a failure there is nothing to free.
axl_status sampler_init(sampler *out, const corpus *c, const sampler_options *options,
                        axl_error *err);
void sampler_free(sampler *s); // leaves one that can only be freed again

// Where sample n comes from.
typedef struct sample_place {
    size_t group;
    uint64_t epoch;
    uint64_t crop;  // 0..crops-1: each once an epoch
    uint64_t start; // position in the text of the group; the crop goes on at 0 behind the end
    bool packed;    // the crop is a pack
    bool fim;       // never a pack
} sample_place;

sample_place sampler_place(const sampler *s, uint64_t n);

// Samples of the group in one epoch.
uint64_t sampler_crops(const sampler *s, size_t group);

// The sample, as what goes in, ids[length], and what comes next, target[length]. Targets that
// cannot be known are SAMPLER_IGNORE: BOS, since nothing says which document comes next, and the
// marks and padding of fill-in-the-middle; so are the bytes of a document that are given, its
// prompt, but in fill-in-the-middle, and what is behind the documents of a pack. A
// fill-in-the-middle sample is the document that the crop starts in, or the part of it from there
// on that fits.
axl_status sampler_sample(const sampler *s, uint64_t n, uint16_t *ids, uint16_t *target,
                          axl_error *err);

#endif
