// What a training will take, worked out before it begins.
#ifndef API_TRAIN_PLAN_H
#define API_TRAIN_PLAN_H

#include "api/train_setup.h"

// What the run computes on, with the limit of memory that the options give.
pass_machine train_plan_machine(const train_setup *s);

// AXL_TOO_LARGE over the limit of memory.
axl_status train_plan_make(const train_setup *s, axl_train_plan *out, axl_error *err);

#endif
