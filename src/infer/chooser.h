// Choosing the next symbol: a pure function of the logits, the text so far, the settings, the seed
// and the position, so that nothing that runs beside it can change a text.
//
// The stages and their order are those of llama.cpp where it has them; each works on what the ones
// before left over:
//
//   1 ban           symbols that are not text, but for EOS
//   2 logit bias    l += bias
//   3 penalties     for symbols among the last repeat_last of the text, c times there:
//                   l = l > 0 ? l / repeat : l * repeat;  l -= c * frequency + presence
//   4 top-k         the k largest
//   5 top-p         the largest, as few as have a probability of p together
//   6 min-p         those at least min_p times as probable as the largest
//   7 temperature   p ~ exp(l / temperature); 0: the largest alone
//
// Equal logits are ordered by symbol, the smaller one first. At least one symbol always stays. The
// draw is the inverse of the distribution's sums, over ascending symbols, at a number of 53 bits.
#ifndef INFER_CHOOSER_H
#define INFER_CHOOSER_H

#include "base/rng.h"
#include "model/config.h"
#include <axl/status.h>

#define CHOOSER_TOP_MAX ((size_t)20) // symbols that a choice is reported with

typedef struct chooser_bias {
    uint16_t symbol;
    double bias; // -INFINITY bans it
} chooser_bias;

// Borrows bias.
typedef struct chooser {
    double temperature; // >= 0
    size_t top_k;       // 0: all
    double top_p;       // 0 < top_p <= 1; 1: all
    double min_p;       // 0 <= min_p <= 1; 0: all
    double repeat;      // > 0; 1: none
    double presence;    // 0: none
    double frequency;   // 0: none
    size_t repeat_last; // symbols that the penalties look back over
    bool ignore_eos;    // never end the text
    size_t top;         // most probable symbols to report, at most CHOOSER_TOP_MAX
    rng key;            // seed, and a stream for each of several texts
    const chooser_bias *bias;
    size_t bias_count;
} chooser;

// One of the most probable symbols, before any stage.
typedef struct chooser_option {
    uint16_t symbol;
    double logprob; // natural logarithm
} chooser_option;

typedef struct chooser_choice {
    uint16_t symbol;
    double logprob;                      // of it, before any stage
    chooser_option top[CHOOSER_TOP_MAX]; // [top_count], the most probable first
    size_t top_count;
} chooser_choice;

// What one symbol is chosen from. Borrows everything.
typedef struct chooser_view {
    const float *logits;  // [vocab]
    size_t vocab;         // MODEL_VOCAB_MIN .. MODEL_VOCAB_MAX
    const uint16_t *text; // [length], the prompt included
    size_t length;
    uint64_t position; // of the symbol in the text: chooses the random number
} chooser_view;

// Draws nothing at random.
extern const chooser chooser_greedy;

// AXL_BAD_ARGUMENT with what is wrong with the settings.
axl_status chooser_check(const chooser *s, size_t vocab, axl_error *err);

// Makes *out a choice of that symbol: what the model itself says of it and of the s->top most
// probable ones, before any stage. For symbols that were given, as those of a prompt.
void chooser_report(const chooser *s, const chooser_view *v, uint16_t symbol, chooser_choice *out);

// p [vocab]: the distribution that is drawn from; sums to 1. AXL_NUMERIC where a logit of a symbol
// that may be chosen is no number, AXL_BAD_ARGUMENT where the bias bans everything.
axl_status chooser_distribution(const chooser *s, const chooser_view *v, double *p, axl_error *err);

axl_status chooser_draw(const chooser *s, const chooser_view *v, chooser_choice *out,
                        axl_error *err);

#endif
