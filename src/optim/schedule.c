#include "optim/schedule.h"

#include "base/error.h"

#include <string.h>

static const char *const names[SCHEDULE_KINDS] = {"linear", "cosine", "trapezoid", "constant"};

const char *schedule_name(schedule_kind kind) {
    return names[kind];
}

schedule_kind schedule_by_name(const char *name) {
    schedule_kind kind = 0;
    while (kind < SCHEDULE_KINDS && strcmp(names[kind], name) != 0) kind++;
    return kind;
}

axl_status schedule_check(const schedule *s, axl_error *err) {
    RETURN_IF(!(s->warmup >= 0 && s->warmup <= 1), err, AXL_BAD_ARGUMENT,
              "warmup is %g, must be a share of the run from 0 to 1", s->warmup);
    RETURN_IF(!(s->floor >= 0 && s->floor <= 1), err, AXL_BAD_ARGUMENT,
              "rate_floor is %g, must be from 0 to 1", s->floor);
    RETURN_IF(s->kind == SCHEDULE_TRAPEZOID && !(s->cool >= 0 && s->cool + s->warmup <= 1), err,
              AXL_BAD_ARGUMENT, "cooldown is %g, must be from 0 to 1 - warmup, %g", s->cool,
              1 - s->warmup);
    return AXL_OK;
}

// (1 + cos(pi x)) / 2 for 0 <= x <= 1 by its series around the middle, where it is odd: good to
// 1e-9, and the same bits on every machine.
static double half_cosine(double x) {
    const double t = 3.14159265358979323846 * (x - 0.5), t2 = t * t;
    double sine = 1; // sin(t) / t
    for (int i = 15; i > 1; i -= 2) sine = 1 - sine * t2 / ((double)i * (double)(i - 1));
    return 0.5 - 0.5 * t * sine;
}

// 1 at the start of the fall, 0 at its end.
static double fall(const schedule *s, double fraction) {
    switch (s->kind) {
    case SCHEDULE_LINEAR:
    case SCHEDULE_COSINE: {
        const double length = 1 - s->warmup;
        const double x = length > 0 ? (fraction - s->warmup) / length : 1;
        return s->kind == SCHEDULE_LINEAR ? 1 - x : half_cosine(x);
    }
    case SCHEDULE_TRAPEZOID:
        return fraction > 1 - s->cool ? (1 - fraction) / s->cool : 1;
    default:
        return 1;
    }
}

double schedule_share(const schedule *s, double fraction) {
    if (!(fraction > 0)) fraction = 0;
    if (fraction > 1) fraction = 1;
    if (fraction < s->warmup) return fraction / s->warmup;
    return s->floor + (1 - s->floor) * fall(s, fraction);
}
