// What a training will take, worked out before it begins.
#ifndef API_TRAIN_PLAN_H
#define API_TRAIN_PLAN_H

#include "api/train_setup.h"

// What the run computes on, with the limit of memory that the options give.
pass_machine train_plan_machine(const train_setup *s);

// Measures the speed into s->speed where it is not known and wanted: for a dry run, and before a
// run whose time is limited. AXL_TOO_LARGE over the limit of memory.
axl_status train_plan_make(train_setup *s, bool dry, axl_train_plan *out, axl_error *err);

// Bytes of memory in all.
axl_status train_plan_memory(const train_setup *s, uint64_t *bytes, axl_error *err);

#endif
