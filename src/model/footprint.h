// How many bytes of memory a model takes, from its configuration alone: what `axl models` and
// `axl suggest` say before anything is allocated.
#ifndef MODEL_FOOTPRINT_H
#define MODEL_FOOTPRINT_H

#include "model/config.h"

#define FOOTPRINT_BATCH ((size_t)16) // sequences of a step that the figures are for

// Numbers that an optimizer keeps for each parameter: sgd (without momentum) 0, lion 1, adamw 2.
// An unknown name counts as the largest.
size_t footprint_moments(const char *optimizer);

// Bytes to train with steps of `batch` sequences of max_seq_len bytes, in f32: weights, gradients
// and moments exactly; what the forward pass keeps for the backward pass is an estimate.
double footprint_train(const model_config *c, size_t batch, size_t moments);

// Bytes to generate with the whole context in use, in f32: weights, and the caches of all stacks
// and pairs.
double footprint_run(const model_config *c);

#endif
