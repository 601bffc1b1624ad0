#include "model/embed.h"

#include "base/error.h"
#include "tensor/op_embed.h"

static view embedding(const workspace *w, const float *block) {
    const model_config *c = w->config;
    return view_f32((float *)(uintptr_t)(block + w->weights->table->embed), c->vocab_size,
                    c->d_model);
}

static axl_status gather(const workspace *w, const uint16_t *ids, const view *y, axl_error *err) {
    const op_embed a = {.id = ids, .e = embedding(w, w->weights->w), .y = *y};
    return op_embed_forward(w->ex, &a, err);
}

axl_status embed_forward(const workspace *w, const uint16_t *ids, const view h[MODEL_SCALES],
                         axl_error *err) {
    FORWARD(gather(w, ids, &h[0], err));
    for (size_t s = 1; s < MODEL_SCALES; s++) {
        const weight down = weights_down(w->weights, s);
        const view x = grouped(h[0], model_factor(s));
        FORWARD(product_forward(&w->product, &down.op, &x, &h[s], err));
    }
    return AXL_OK;
}

axl_status embed_backward(const workspace *w, const uint16_t *ids, const view dh[MODEL_SCALES],
                          axl_error *err) {
    const view z = workspace_narrow(w, 0, workspace_rows(w, 0)); // the stack changed h0
    FORWARD(gather(w, ids, &z, err));
    for (size_t s = 1; s < MODEL_SCALES; s++) {
        const size_t k = model_factor(s);
        const weight down = weights_down(w->weights, s);
        const product_gradient back = {.w = &down.op,
                                       .x = grouped(z, k),
                                       .dy = dh[s],
                                       .dx = grouped(dh[0], k),
                                       .add_dx = true,
                                       .g = down.g};
        FORWARD(product_backward(&w->product, &back, err));
    }
    const op_embed a = {.id = ids, .dy = dh[0], .de = embedding(w, w->weights->g)};
    return op_embed_backward(w->ex, &a, err);
}
