// Time: which byte a state belongs to, and what a state may see. All causality of the batched pass
// comes from the numbers made here.
//
// State j of scale a (k = 1, 2, 4 bytes) is born at its end time e = k(j+1)-1, the position of its
// last byte. A query with end time e sees the states of scale b that are born by then, the first
// (e+1)/k_b of them, its own group included where b = a.
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include "model/config.h"

static inline size_t timeline_end(size_t scale, size_t j) {
    return model_factor(scale) * (j + 1) - 1;
}

// States of scale b born by time e.
static inline size_t timeline_born(size_t b, size_t e) {
    return (e + 1) / model_factor(b);
}

// Sequences of `length` bytes, a multiple of 4, all alike.
typedef struct timeline {
    size_t batch, length;
    uint32_t *position[MODEL_SCALES]; // [batch, length / k]: end times
    uint32_t
        *visible[MODEL_SCALES][MODEL_SCALES]; // [a][b]: [length / k_a], states of b that a sees
} timeline;

// States of a scale in one sequence, and in the batch.
static inline size_t timeline_states(const timeline *t, size_t scale) {
    return t->length / model_factor(scale);
}
static inline size_t timeline_rows(const timeline *t, size_t scale) {
    return t->batch * timeline_states(t, scale);
}

// Numbers of uint32_t that the arrays of such a timeline have together.
bool timeline_numbers(size_t batch, size_t length, size_t *out);

// Fills the arrays, which point into memory [timeline_numbers] afterwards.
void timeline_fill(timeline *t, size_t batch, size_t length, uint32_t *memory);

#endif
