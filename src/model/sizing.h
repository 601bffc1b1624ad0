// How large a model should be for the time or the text of its training.
//
// The rule, and every number in it, stands here and in the table of sizing.c: `axl suggest`, the
// preset `auto` and the warnings of the plan all ask these functions.
#ifndef MODEL_SIZING_H
#define MODEL_SIZING_H

#include "model/config.h"

// Bytes of text for each parameter that a byte goes through (flops_decode_parameters), where more
// model and more text pay equally. Between 15 and 25 in the published laws of scaling; here widths
// 48 (22 bytes each) and 64 (8 each) come out equal in equal time, docs/training.md.
#define SIZING_BYTES_EACH 8.0

// Bytes of text in SIZING_BYTES_EACH below which a model is far too large, and above which it is
// far too small. A small model only learns slowly; a large one has hardly begun to learn.
#define SIZING_FIT_LEAST 0.25
#define SIZING_FIT_MOST 16.0

// Passes over the same text; what comes after them teaches nothing worth a larger model.
#define SIZING_PASSES_MOST 8.0

// The optimizer that the proposals are for: small batches of text want two moments.
#define SIZING_OPTIMIZER "adamw"

// Base of the rotary frequencies: at 100,000 half of a head's pairs hardly turn within a context,
// and so compare what stands far apart (model/copying.h).
#define SIZING_ROPE_THETA 100000.0

// Bytes of a context, and sequences of a step: text repeats itself farther back than 256 bytes, and
// many small steps teach more than few large ones.
#define SIZING_CONTEXT 512
#define SIZING_BATCH 1

// What a training has. 0: not known, where a line does not say "must".
typedef struct sizing_budget {
    double seconds; // of training; bytes is used where this is 0
    double bytes;   // that training sees
    double peak;    // must with seconds: operations a second, of which training reaches a share
    double text;    // bytes of different text, passed over as often as the time allows
    double memory;  // must: bytes
    size_t batch;   // must: sequences of a step
    size_t length;  // bytes of a sequence; 0: the context
} sizing_budget;

// The share of the peak that training a model of this width reaches: a small one spends more of its
// time outside of products.
double sizing_share(const model_config *c);

// Bytes that training sees.
double sizing_seen(const sizing_budget *budget, const model_config *c);

// Bytes of text that training takes until more text pays less than a larger model.
double sizing_balance(const model_config *c);

// The text that teaches as a part of the balance: 1 is right, less is too large a model.
double sizing_fit(const sizing_budget *budget, const model_config *c);

// The configuration whose fit is nearest to 1 among those whose training fits the memory. Width,
// heads, feed-forward and blocks are chosen; the other fields are those of base. False where even
// the smallest does not fit the memory; *out is then that smallest one.
bool sizing_propose(const sizing_budget *budget, const model_config *base, model_config *out);

#endif
