// Attention between the states of two scales, or of one with itself, over a batch: which queries
// see which keys comes from the timeline.
#ifndef MODEL_LOOK_H
#define MODEL_LOOK_H

#include "model/workspace.h"

typedef struct look {
    size_t query_scale, key_scale;
    view q;                       // [rows of the query scale, d], rotated; may be columns
    view k, v;                    // [rows of the key scale, d], k rotated
    const float *null_k, *null_v; // [d], or NULL within one scale
    view o;                       // [rows of the query scale, d]
    view row_max, row_sum;        // [rows of the query scale * heads]
    view d_o, dq, dk, dv;         // backward; dk and dv are added to
    float *d_null_k, *d_null_v;   // [d], added to
} look;

axl_status look_forward(const workspace *w, const look *a, axl_error *err);
axl_status look_backward(const workspace *w, const look *a, axl_error *err);

// Rotates queries or keys [rows of the scale, whole heads] by the end times of their states.
axl_status look_rotate(const workspace *w, size_t scale, const view *x, axl_error *err);
axl_status look_rotate_back(const workspace *w, size_t scale, const view *dx, axl_error *err);

// Scratch for any look of a batch.
size_t look_scratch(const exec *ex, const model_config *c, size_t batch, size_t length, bool train);

#endif
