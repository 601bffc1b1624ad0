// Fill-in-the-middle samples: a text is cut into prefix, middle and suffix, and put in an order in
// which the middle comes last, so that a model learns to write it from both sides.
//
//   PSM  BOS <fim_prefix> prefix <fim_suffix> suffix <fim_middle> middle EOS
//   SPM  BOS <fim_suffix> suffix <fim_prefix> prefix <fim_middle> middle EOS
//
// Half of the samples each; both are what llama.cpp's /infill sends, without and with --spm-infill.
// The middle is, by chance: 5 in 10 any run of bytes, 3 in 10 from a place to the end of its line,
// 2 in 10 a block: a line with the deeper indented lines that follow.
#ifndef DATA_FIM_H
#define DATA_FIM_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIM_PREFIX 258
#define FIM_SUFFIX 259
#define FIM_MIDDLE 260
#define FIM_PAD 261
#define FIM_VOCAB 264 // vocabulary of models that have these symbols
#define FIM_EXTRA 5   // symbols beside the text: BOS, three marks, EOS

typedef enum fim_span { FIM_ANY, FIM_TO_LINE_END, FIM_BLOCK } fim_span;

// The middle is text[begin, end).
typedef struct fim_cut {
    size_t begin, end;
    fim_span span;
    bool suffix_first; // SPM
} fim_cut;

// A pure function of the text and (key, n). begin <= end <= bytes; the middle may be empty.
fim_cut fim_choose(const uint8_t *text, size_t bytes, rng key, uint64_t n);

// Writes bytes + FIM_EXTRA symbols to out, and FIM_PAD up to room.
void fim_arrange(const uint8_t *text, size_t bytes, fim_cut cut, uint16_t *out, size_t room);

#endif
