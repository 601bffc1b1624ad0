// The learning rate over a run, as a share of its largest value. Time is a fraction of the run: of
// its steps, its bytes or its minutes, so that a run ends cooled down whatever limits it.
#ifndef OPTIM_SCHEDULE_H
#define OPTIM_SCHEDULE_H

#include <axl/status.h>

typedef enum schedule_kind {
    SCHEDULE_LINEAR,    // straight to the floor
    SCHEDULE_COSINE,    // half a cosine to the floor
    SCHEDULE_TRAPEZOID, // flat, then straight to the floor
    SCHEDULE_CONSTANT,
    SCHEDULE_KINDS
} schedule_kind;

typedef struct schedule {
    schedule_kind kind;
    double warmup; // fraction of the run that rises from 0, 0 <= warmup <= 1
    double cool;   // trapezoid: fraction at the end that falls, warmup + cool <= 1
    double floor;  // what remains at the end, 0 <= floor <= 1
} schedule;

// "linear", "cosine", ...
const char *schedule_name(schedule_kind kind);
// The kind of that name, or SCHEDULE_KINDS.
schedule_kind schedule_by_name(const char *name);

// AXL_BAD_ARGUMENT with the field's name where a number is out of range.
axl_status schedule_check(const schedule *s, axl_error *err);

// The share at a fraction of the run; outside 0..1 as at the nearer end. A function of its
// arguments alone and without the C library, so a resumed run sees the same rates.
double schedule_share(const schedule *s, double fraction);

#endif
