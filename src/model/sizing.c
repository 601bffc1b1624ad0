#include "model/sizing.h"

#include "model/flops.h"
#include "model/footprint.h"

#include <math.h>

// Widths are whole vectors of every kernel level. The largest is the one of the largest preset.
#define WIDTH_STEP ((size_t)16)
#define WIDTH_LEAST ((size_t)32)
#define WIDTH_MOST ((size_t)1024)

#define HEAD_MOST ((size_t)32) // channels; a small model wants more heads rather than wide ones

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
    while (width % heads != 0 || width / heads % 2 != 0) heads++;
    return heads;
}

// d_ff is 8/3 of the width, up to the next multiple of 16, as in the family.
static model_config shape_for(size_t width) {
    model_config c = config_defaults();
    c.d_model = width;
    c.n_heads = heads_for(width);
    c.n_layers = layers_for(width);
    c.d_ff = (8 * width + 47) / 48 * 16;
    return c;
}

double sizing_balance(const model_config *c) {
    return SIZING_BYTES_EACH * flops_decode_parameters(c);
}

bool sizing_propose(const sizing_budget *budget, model_config *out) {
    const size_t moments = footprint_moments(SIZING_OPTIMIZER);
    double best = INFINITY;
    *out = shape_for(WIDTH_LEAST);
    for (size_t width = WIDTH_LEAST; width <= WIDTH_MOST; width += WIDTH_STEP) {
        const model_config c = shape_for(width);
        if (footprint_train(&c, FOOTPRINT_BATCH, moments) > budget->memory) break;
        const double each = FLOPS_EACH * flops_train(&c, c.max_seq_len) / (double)c.max_seq_len;
        const double off = fabs(log(budget->operations / each / sizing_balance(&c)));
        if (off < best) {
            best = off;
            *out = c;
        }
    }
    return best < INFINITY;
}
