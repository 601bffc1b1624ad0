// Where the numbers of a training went wrong, for people.
#ifndef TRAIN_NOT_FINITE_H
#define TRAIN_NOT_FINITE_H

#include "train/trainer.h"

#define NOT_FINITE_FILE "not_finite.json"
#define NOT_FINITE_TEXT 160

// One line: how many gradients are not finite and which is the first, or the same of the weights,
// or else the tensor with the largest weight.
void not_finite_text(const trainer *t, char out[NOT_FINITE_TEXT]);

// Writes folder/not_finite.json: the step with its loss, norm and rate, and for each tensor norm,
// largest value and the count of what is not finite, of its weights and of its gradient. The
// trainer is as the step left it.
axl_status not_finite_write(const char *folder, const trainer *t, uint64_t step,
                            const trainer_result *result, axl_error *err);

#endif
