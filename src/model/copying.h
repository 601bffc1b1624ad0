// What a new model can do before it has read a byte: copy.
//
// Text repeats itself, and a byte model that finds the last place where its last bytes stood knows
// what comes next. Three heads that work together do that, and from normal numbers alone no
// training of minutes finds them (docs/training.md has the figures). So a new fine stack begins
// with them, as ordinary weights that training changes like all others:
//
//   block 0  heads 0, 1, .. look 1, 2, .. bytes back: a state then knows its last bytes
//   block 1  head 0 looks 1 byte back at such a state: a place knows what stood before it
//   block 2  head 0 asks with what stands now for places before which the same stood, and says the
//            byte that it finds there
#ifndef MODEL_COPYING_H
#define MODEL_COPYING_H

#include "model/params.h"

#include <stdbool.h>

// Whether the fine stack has the blocks, and its heads the slowly turning pairs, for that.
bool copying_fits(const model_config *c);

// Changes a block that params_init has filled; nothing where the model does not fit.
void copying_begin(const param_table *t, float *block);

#endif
