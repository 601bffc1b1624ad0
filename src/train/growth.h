// Sequences that grow: a run begins with more and shorter sequences a step. Short ones bring more
// places of the text into as many bytes and are cheaper, and what a model learns first needs little
// context; docs/training.md has the figures.
//
// Each second halving of the length doubles the number of sequences, so that steps have fewer bytes
// in the beginning, when many steps count more than exact gradients: with 2 x 512 in the end
//
//   8 x 32, 4 x 64, 4 x 128, 2 x 256, 2 x 512
#ifndef TRAIN_GROWTH_H
#define TRAIN_GROWTH_H

#include "train/settings.h"

// Halvings of the whole length that a run begins with, at most.
#define GROWTH_HALVINGS_MAX ((size_t)4)

typedef struct growth_shape {
    size_t batch, length; // sequences of a step, bytes of each
} growth_shape;

// How a run's sequences grow. Lengths stay multiples of the 4 bytes of a coarse group and have at
// least 32 bytes; a length that cannot be halved so does not grow.
typedef struct growth {
    growth_shape whole; // at the end
    size_t halvings;    // at the beginning
    double share;       // of the run, in equal parts for each halving
} growth;

growth growth_of(const train_settings *s, const model_config *c);

// The shape with the length halved so often, at most `halvings` times.
growth_shape growth_halved(const growth *g, size_t times);

// The shape at a fraction of the run.
growth_shape growth_at(const growth *g, double fraction);

// Mean bytes of a step over a run whose fraction counts steps, or else bytes or time.
double growth_mean_step(const growth *g, bool counts_steps);

// The cursor of a run counts samples of the shortest length, so that it means the same place in
// the text at every shape: these many for one sample of this shape.
size_t growth_cursor(const growth *g, growth_shape form);

#endif
