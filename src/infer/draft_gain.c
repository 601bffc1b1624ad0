#include "infer/draft_gain.h"

#define MEMORY 0.97    // weight of what is known against one more guess
#define NEWEST 0.1     // weight of one more time against those before
#define FORGET 0.01    // of what was measured, with every pass of one symbol
#define OUTLIER 4      // a time beyond so many times the usual says that others used the machine
#define MORE_FIRST 0.3 // the share before any was measured: reading the weights is most of a pass
#define MORE_MOST 1.0  // as many passes of one symbol would take no longer
#define WORTH 1.05     // a draft that gains less is not worth the risk

static size_t class_of(size_t match) {
    static const size_t least[DRAFT_CLASSES] = {0, 6, 8, 12, 20, 36};
    size_t i = DRAFT_CLASSES - 1;
    while (match < least[i]) i--;
    return i;
}

draft_gain draft_gain_begin(void) {
    draft_gain g = {.more = MORE_FIRST};
    // The longer the match, the likelier; worth a few guesses, so that the first ones decide.
    static const double likely[DRAFT_CLASSES] = {0.5, 0.6, 0.7, 0.8, 0.85, 0.9};
    for (size_t i = 0; i < DRAFT_CLASSES; i++) {
        g.right[i] = 4 * likely[i];
        g.wrong[i] = 4 * (1 - likely[i]);
    }
    return g;
}

size_t draft_gain_length(const draft_gain *g, size_t match, size_t most) {
    double reached = 1, symbols = 1, best = WORTH; // symbols that the pass is expected to give
    size_t length = 0;
    for (size_t n = 1; n <= most && n <= DRAFT_MAX; n++) {
        const size_t c = class_of(match + n - 1);
        reached *= g->right[c] / (g->right[c] + g->wrong[c]);
        symbols += reached;
        const double gain = symbols / (1 + (double)n * g->more);
        if (gain <= best) continue;
        best = gain;
        length = n;
    }
    return length;
}

void draft_gain_learn(draft_gain *g, size_t match, bool right) {
    const size_t c = class_of(match);
    g->right[c] = MEMORY * g->right[c] + (right ? 1 : 0);
    g->wrong[c] = MEMORY * g->wrong[c] + (right ? 0 : 1);
}

// Moves what is known towards a newer figure.
static void approach(double *known, double newer) {
    *known += NEWEST * (newer - *known);
}

void draft_gain_time(draft_gain *g, size_t symbols, double seconds) {
    if (symbols == 1) {
        if (!(g->lone > 0))
            g->lone = seconds;
        else if (seconds < OUTLIER * g->lone)
            approach(&g->lone, seconds);
        else
            approach(&g->lone, OUTLIER * g->lone);
        g->more += FORGET * (MORE_FIRST - g->more); // so that one bad figure is not the last
        return;
    }
    if (!(g->lone > 0)) return;
    double more = (seconds / g->lone - 1) / (double)(symbols - 1);
    if (more < 0) more = 0;
    approach(&g->more, more > MORE_MOST ? MORE_MOST : more);
}
