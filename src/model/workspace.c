#include "model/workspace.h"

#include "tensor/op_dropout.h"

bool workspace_drops(const workspace *w) {
    return w->train && w->config->dropout > 0;
}

axl_status workspace_dropout(const workspace *w, dropout_site site, const view *v, axl_error *err) {
    if (!workspace_drops(w)) return AXL_OK;
    // Layers, parts and steps are far below the ranges that they get here.
    const uint64_t place = (uint64_t)site.part << 12 | (uint64_t)site.layer << 1 | site.hidden;
    const op_dropout a = {
        .y = *v, .p = w->config->dropout, .key = rng_key(w->seed, w->step << 20 | place)};
    return op_dropout_apply(w->ex, &a, err);
}
