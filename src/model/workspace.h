// What the parts of a batched pass share: the machine, the weights, time, and working memory whose
// content lives within one part.
#ifndef MODEL_WORKSPACE_H
#define MODEL_WORKSPACE_H

#include "base/rng.h"
#include "model/product.h"
#include "model/timeline.h"
#include "model/views.h"
#include "model/weights.h"
#include "tensor/rope_table.h"

// n: rows of the fine scale, the most of any.
typedef struct workspace {
    const exec *ex;
    const model_config *config;
    const weights *weights;
    const timeline *time;
    const rope_table *rope;
    products product;
    bool train;                // dropout applies
    uint64_t seed, step;       // of this step's dropout
    float *hidden;             // [n, f]: SwiGLU's result and its gradient
    float *narrow[4];          // [n, d] each
    float *wide[MODEL_SCALES]; // [rows of the scale, 6d] each: gradients of projections
} workspace;

// Rows of scale s.
static inline size_t workspace_rows(const workspace *w, size_t scale) {
    return timeline_rows(w->time, scale);
}
static inline view workspace_narrow(const workspace *w, size_t which, size_t rows) {
    return view_f32(w->narrow[which], rows, w->config->d_model);
}

// A place in the model where dropout acts; each has its own mask.
typedef struct dropout_site {
    size_t part;  // stack 0..2, or 3 + 6 round + pair
    size_t layer; // of the stack; 0 of a pair
    bool hidden;  // the feed-forward's hidden layer, else the attention's result
} dropout_site;

// Drops from v in place where this workspace trains with dropout, else nothing happens.
axl_status workspace_dropout(const workspace *w, dropout_site site, const view *v, axl_error *err);
bool workspace_drops(const workspace *w);

#endif
