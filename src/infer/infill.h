// Prompts for filling in the middle, in the order that the model saw in training (data/fim.h) and
// that keeps the prefix and what is written next to each other:
//
//   BOS <fim_suffix> suffix <fim_prefix> prefix <fim_middle>
#ifndef INFER_INFILL_H
#define INFER_INFILL_H

#include "model/config.h"
#include <axl/status.h>

#define INFILL_PREFIX 258
#define INFILL_SUFFIX 259
#define INFILL_MIDDLE 260
#define INFILL_VOCAB 264 // vocabulary of models that have these symbols
#define INFILL_MARKS 4   // symbols beside the text: BOS and three marks

// Borrows the text.
typedef struct infill {
    const uint8_t *prefix, *suffix;
    size_t prefix_size, suffix_size;
} infill;

// Shortens both so that the prompt has at most `room` symbols: what is nearest to the gap stays,
// and where both are long, three quarters of it are prefix.
infill infill_fit(const infill *a, size_t room);

// Symbols of the prompt.
size_t infill_symbols(const infill *a);

// Writes them.
void infill_write(const infill *a, uint16_t *out);

#endif
