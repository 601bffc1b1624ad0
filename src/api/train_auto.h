// The preset auto: the size that suits the time or the text, the memory and the measured speed.
#ifndef API_TRAIN_AUTO_H
#define API_TRAIN_AUTO_H

#include "api/train_setup.h"

#include "model/sizing.h"

// What the run has to spend; peak as measured. of_model: the context where no length is given.
sizing_budget train_auto_budget(const train_setup *s, double peak);

// Is all said that the choice needs, and nothing that it makes? Before the data are read.
axl_status train_auto_check(const train_setup *s, axl_error *err);

// Sets the shape in s->config, and s->speed where time is the limit. A run that is gone on with
// keeps the shape that it has. AXL_TOO_LARGE where not even the smallest fits the memory.
axl_status train_auto_choose(train_setup *s, axl_error *err);

// Measures the speed of the configuration as it is into s->speed, for at most so many seconds; an
// assumed one where the options forbid to measure or there is no memory for it.
void train_auto_measure(train_setup *s, double seconds);

#endif
