// A training that begins with the weights of another model.
#ifndef API_TRAIN_BASE_H
#define API_TRAIN_BASE_H

#include "api/train_setup.h"

// The rate is such a part of the standard one where none is given: the weights are good already.
#define TRAIN_BASE_RATE 0.5

// Takes the shape of the base, and its context unless a recipe has chosen one. Sequences do not
// grow: the model reads long ones already. The optimizer is AdamW, whatever the preset's is. What
// is said of settings later goes before this.
axl_status train_base_use(train_setup *s, axl_error *err);

// All settings are known: AXL_BAD_ARGUMENT where they ask for another shape.
axl_status train_base_settle(train_setup *s, axl_error *err);

#endif
