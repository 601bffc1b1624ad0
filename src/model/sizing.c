#include "model/sizing.h"

#include "model/flops.h"
#include "model/footprint.h"

#include <math.h>

// Widths are whole vectors of every kernel level. The largest is the one of the largest preset.
#define WIDTH_STEP ((size_t)16)
#define WIDTH_LEAST ((size_t)32)
#define WIDTH_MOST ((size_t)1024)

// Channels of a head, of which there are two at least. A small model wants few wide heads: those
// that copy compare with the half of their channels (model/copying.h).
#define HEAD_MOST ((size_t)48)
#define HEADS_LEAST ((size_t)2)

// Blocks of a stack grow with the width as in the family: 3 up to Micro (256), 4 for Refactor
// (288), 5 for Reasoning (512), 6 for Code-1B (1024).
static size_t layers_for(size_t width) {
    if (width <= 256) return 3;
    if (width < 512) return 4;
    return width < 1024 ? 5 : 6;
}

// The fewest heads of at most HEAD_MOST channels that divide the width into even parts. Heads of 16
// always do, so the loop ends.
static size_t heads_for(size_t width) {
    size_t heads = (width + HEAD_MOST - 1) / HEAD_MOST;
    if (heads < HEADS_LEAST) heads = HEADS_LEAST;
    while (width % heads != 0 || width / heads % 2 != 0) heads++;
    return heads;
}

// d_ff is 8/3 of the width, up to the next multiple of 16, as in the family.
static model_config shape_for(size_t width, const model_config *base) {
    model_config c = *base;
    c.d_model = width;
    c.n_heads = heads_for(width);
    c.n_layers = layers_for(width);
    c.d_ff = (8 * width + 47) / 48 * 16;
    return c;
}

// Measured with `axl bench train`; docs/speed.md has the figures.
static const struct {
    double width, share;
} reached[] = {{64, 0.45}, {96, 0.55}, {256, 0.70}, {1024, 0.78}};
#define REACHED (sizeof reached / sizeof *reached)

// Between two widths the share grows with the logarithm of the width.
double sizing_share(const model_config *c) {
    const double width = (double)c->d_model;
    if (width <= reached[0].width) return reached[0].share;
    for (size_t i = 1; i < REACHED; i++) {
        if (width > reached[i].width) continue;
        const double part =
            log(width / reached[i - 1].width) / log(reached[i].width / reached[i - 1].width);
        return reached[i - 1].share + part * (reached[i].share - reached[i - 1].share);
    }
    return reached[REACHED - 1].share;
}

static size_t length_of(const sizing_budget *b, const model_config *c) {
    return b->length ? b->length : c->max_seq_len;
}

double sizing_seen(const sizing_budget *b, const model_config *c) {
    if (!(b->seconds > 0)) return b->bytes;
    const size_t length = length_of(b, c);
    const double each = FLOPS_EACH * flops_train(c, length) / (double)length;
    return b->seconds * b->peak * sizing_share(c) / each;
}

double sizing_balance(const model_config *c) {
    return SIZING_BYTES_EACH * flops_decode_parameters(c);
}

double sizing_fit(const sizing_budget *b, const model_config *c) {
    double bytes = sizing_seen(b, c);
    if (b->text > 0) bytes = fmin(bytes, SIZING_PASSES_MOST * b->text);
    return bytes / sizing_balance(c);
}

static bool fits_memory(const sizing_budget *b, const model_config *c) {
    model_config run = *c; // with the sequences of the training as its context
    run.max_seq_len = length_of(b, c);
    return footprint_train(&run, b->batch, footprint_moments(SIZING_OPTIMIZER)) <= b->memory;
}

bool sizing_propose(const sizing_budget *budget, const model_config *base, model_config *out) {
    double best = INFINITY;
    *out = shape_for(WIDTH_LEAST, base);
    for (size_t width = WIDTH_LEAST; width <= WIDTH_MOST; width += WIDTH_STEP) {
        const model_config c = shape_for(width, base);
        if (!fits_memory(budget, &c)) break;
        const double off = fabs(log(sizing_fit(budget, &c)));
        if (off < best) {
            best = off;
            *out = c;
        }
    }
    return best < INFINITY;
}
