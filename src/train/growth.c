#include "train/growth.h"

#define GROUP ((size_t)4)
#define LEAST ((size_t)32)

growth growth_of(const train_settings *s, const model_config *c) {
    growth g = {.whole = {.batch = (size_t)s->batch, .length = train_settings_length(s, c)},
                .share = s->grow};
    if (!(g.share > 0) || s->overfit_batch > 0) return g;
    size_t length = g.whole.length;
    while (g.halvings < GROWTH_HALVINGS_MAX && length % (2 * GROUP) == 0 && length / 2 >= LEAST) {
        length /= 2;
        g.halvings++;
    }
    return g;
}

growth_shape growth_halved(const growth *g, size_t times) {
    return (growth_shape){g->whole.batch << times / 2, g->whole.length >> times};
}

growth_shape growth_at(const growth *g, double fraction) {
    size_t left = g->halvings;
    for (size_t part = 1; left > 0; part++, left--)
        if (fraction < g->share * (double)part / (double)g->halvings) break;
    return growth_halved(g, left);
}

static double bytes_of(growth_shape form) {
    return (double)form.batch * (double)form.length;
}

double growth_mean_step(const growth *g, bool counts_steps) {
    const double each = g->halvings > 0 ? g->share / (double)g->halvings : 0;
    double steps = 0, bytes = 0; // of a run of one step, or of one byte
    for (size_t left = 0; left <= g->halvings; left++) {
        const double share = left > 0 ? each : 1 - each * (double)g->halvings;
        const double step = bytes_of(growth_halved(g, left));
        bytes += counts_steps ? share * step : share;
        steps += counts_steps ? share : share / step;
    }
    return bytes / steps;
}

size_t growth_cursor(const growth *g, growth_shape form) {
    return form.length / (g->whole.length >> g->halvings);
}
