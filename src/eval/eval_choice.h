// What of many documents is evaluated where all of them would take too long.
#ifndef EVAL_EVAL_CHOICE_H
#define EVAL_EVAL_CHOICE_H

#include <stddef.h>
#include <stdint.h>

// A head shorter than this says too little: its bytes have little before them.
#define EVAL_CHOICE_HEAD ((uint64_t)16384)

// heads[i] is how many bytes from the start of document i to read, in all at most limit, which is
// not 0. The first of these that fits: all documents whole; the longest heads of all, of equal
// length; heads of EVAL_CHOICE_HEAD bytes of documents evenly spread over the list, the others not
// at all. It follows from the sizes alone. Returns the sum.
uint64_t eval_choice(const uint64_t *bytes, size_t count, uint64_t limit, uint64_t *heads);

#endif
