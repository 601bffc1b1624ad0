#include "model/pass.h"

#include "base/alloc.h"
#include "base/error.h"
#include "model/embed.h"
#include "model/pass_memory.h"
#include "tensor/op_cross_entropy.h"
#include "tensor/op_rmsnorm.h"
#include "tensor/op_vector.h"

#include <string.h>

#define PADDING 0 // symbol of the padded places; nothing that counts sees it

// ---- life ----

static void set_up(pass *p, const param_table *t, const pass_spec *spec,
                   const pass_machine *machine) {
    memset(p, 0, sizeof *p);
    p->spec = *spec;
    p->table = t;
    p->ex = (exec){.k = machine->k, .p = machine->p};
}

axl_status pass_bytes(const param_table *t, const pass_spec *spec, const pass_machine *machine,
                      size_t *bytes, axl_error *err) {
    pass p;
    set_up(&p, t, spec, machine);
    const axl_status status = pass_memory_plan(&p, machine->memory, err);
    if (status == AXL_OK) *bytes = p.plan.bytes;
    pass_memory_free(&p);
    return status;
}

static void connect(pass *p) {
    workspace *w = &p->work;
    w->ex = &p->ex;
    w->config = &p->table->config;
    w->time = &p->time;
    w->rope = &p->rope;
    w->product.ex = &p->ex;
    w->product.type = p->spec.type;
}

axl_status pass_create(pass **out, const param_table *t, const pass_spec *spec,
                       const pass_machine *machine, axl_error *err) {
    *out = NULL;
    pass *p = mem_alloc(sizeof *p);
    if (!p) return error_no_memory(err, "a pass", sizeof *p);
    set_up(p, t, spec, machine);
    axl_status status = pass_memory_plan(p, machine->memory, err);
    if (status == AXL_OK) status = pass_memory_take(p, machine->limit, err);
    if (status != AXL_OK) {
        pass_free(p);
        return status;
    }
    connect(p);
    *out = p;
    return AXL_OK;
}

void pass_free(pass *p) {
    if (!p) return;
    pass_memory_free(p);
    mem_free(p);
}

// ---- symbols in, rows out ----

static axl_status load_ids(pass *p, const uint16_t *ids, axl_error *err) {
    const size_t length = p->spec.length, v = p->table->config.vocab_size;
    for (size_t b = 0; b < p->spec.batch; b++)
        for (size_t t = 0; t < p->length; t++) {
            const uint16_t id = t < length ? ids[b * length + t] : PADDING;
            RETURN_IF(id >= v, err, AXL_BAD_ARGUMENT,
                      "symbol %u at place %zu of sequence %zu: the model knows %zu", (unsigned)id,
                      t, b, v);
            p->ids[b * p->length + t] = id;
        }
    return AXL_OK;
}

static axl_status load_targets(pass *p, const uint16_t *target, axl_error *err) {
    const size_t length = p->spec.length, v = p->table->config.vocab_size;
    for (size_t b = 0; b < p->spec.batch; b++)
        for (size_t t = 0; t < p->length; t++) {
            const uint16_t id = t < length ? target[b * length + t] : LOSS_IGNORE;
            RETURN_IF(id >= v && id != LOSS_IGNORE, err, AXL_BAD_ARGUMENT,
                      "target %u at place %zu of sequence %zu: the model knows %zu symbols",
                      (unsigned)id, t, b, v);
            p->target[b * p->length + t] = id;
        }
    return AXL_OK;
}

static void copy_logits(const pass *p, float *out) {
    const size_t row = p->table->config.vocab_size, bytes = p->spec.length * row * sizeof *out;
    for (size_t b = 0; b < p->spec.batch; b++)
        memcpy(out + b * p->spec.length * row,
               (const float *)p->head.logits.data + b * p->length * row, bytes);
}

// ---- forward ----

static op_rmsnorm stack_norm(const pass *p, size_t s) {
    const workspace *w = &p->work;
    const size_t d = w->config->d_model, at = p->table->stack_norm[s];
    const pass_stream *stream = &p->stream[s];
    op_rmsnorm a = {.eps = (float)w->config->norm_eps,
                    .x = stream->h,
                    .gain = view_f32((float *)(uintptr_t)weights_at(w->weights, at), 1, d),
                    .y = stream->e,
                    .r = stream->r,
                    .dy = stream->de,
                    .dx = stream->dh};
    if (w->weights->g) a.dgain = view_f32(weights_grad_at(w->weights, at), 1, d);
    return a;
}

static axl_status forward_stack(pass *p, size_t s, axl_error *err) {
    const size_t layers = p->table->config.n_layers;
    for (size_t i = s * layers; i < (s + 1) * layers; i++) {
        if (p->inputs[i].data) FORWARD(op_copy(&p->ex, &p->inputs[i], &p->stream[s].h, err));
        FORWARD(block_forward(&p->work, &p->blocks[i], &p->stream[s].h, err));
    }
    const op_rmsnorm norm = stack_norm(p, s);
    return op_rmsnorm_forward(&p->ex, &norm, err);
}

// Embedding and stacks: the states before the cross rounds.
static axl_status forward_stacks(pass *p, axl_error *err) {
    const view h[MODEL_SCALES] = {p->stream[0].h, p->stream[1].h, p->stream[2].h};
    FORWARD(embed_forward(&p->work, p->ids, h, err));
    for (size_t s = 0; s < MODEL_SCALES; s++) FORWARD(forward_stack(p, s, err));
    return AXL_OK;
}

// Cross rounds, upsampling and fusion, then the main head's logits.
static axl_status forward_rest(pass *p, axl_error *err) {
    const view e[MODEL_SCALES] = {p->stream[0].e, p->stream[1].e, p->stream[2].e};
    for (size_t r = 0; r < p->table->config.n_cross; r++)
        FORWARD(cross_forward(&p->work, &p->rounds[r], e, err));
    const view f = workspace_narrow(&p->work, 2, timeline_rows(&p->time, 0));
    FORWARD(fuse_forward(&p->work, &p->fuse, &f, err));
    return head_main_forward(&p->work, &p->head, &f, err);
}

static axl_status begin(pass *p, const weights *m, const uint16_t *ids, axl_error *err) {
    p->work.weights = m;
    p->work.train = false;
    return load_ids(p, ids, err);
}

axl_status pass_logits(pass *p, const float *w, const uint16_t *ids, float *out, axl_error *err) {
    const weights m = {.table = p->table, .w = w};
    FORWARD(begin(p, &m, ids, err));
    FORWARD(forward_stacks(p, err));
    FORWARD(forward_rest(p, err));
    copy_logits(p, out);
    return AXL_OK;
}

axl_status pass_exit_logits(pass *p, const float *w, const uint16_t *ids, float *out,
                            axl_error *err) {
    const weights m = {.table = p->table, .w = w};
    FORWARD(begin(p, &m, ids, err));
    FORWARD(forward_stacks(p, err));
    FORWARD(head_exit_forward(&p->work, &p->head, &p->stream[0].e, err));
    copy_logits(p, out);
    return AXL_OK;
}

// ---- losses and backward ----

static axl_status losses(pass *p, const pass_batch *b, bool gradient, pass_losses *out,
                         axl_error *err) {
    const workspace *w = &p->work;
    const double exit = w->config->fine_exit;
    *out =
        (pass_losses){.counted = op_cross_entropy_counted(p->target, timeline_rows(&p->time, 0))};
    head_target t = {.target = p->target, .sum = &out->exit, .d_state = p->exit_de};
    FORWARD(forward_stacks(p, err));
    if (exit > 0) {
        t.weight = gradient ? b->weight * (float)exit : 0;
        FORWARD(head_exit_forward(w, &p->head, &p->stream[0].e, err));
        FORWARD(head_exit_loss(w, &p->head, &t, &p->stream[0].e, err));
    }
    FORWARD(forward_rest(p, err));
    t.sum = &out->main;
    t.weight = gradient ? b->weight : 0;
    t.d_state = workspace_narrow(w, 3, timeline_rows(&p->time, 0));
    return head_main_loss(w, &p->head, &t, err);
}

axl_status pass_loss(pass *p, const float *w, const pass_batch *b, pass_losses *out,
                     axl_error *err) {
    const weights m = {.table = p->table, .w = w};
    FORWARD(begin(p, &m, b->ids, err));
    FORWARD(load_targets(p, b->target, err));
    return losses(p, b, false, out, err);
}

static axl_status backward_stack(pass *p, size_t s, axl_error *err) {
    const size_t layers = p->table->config.n_layers;
    const pass_stream *stream = &p->stream[s];
    FORWARD(op_zero(&p->ex, &stream->dh, err));
    const op_rmsnorm norm = stack_norm(p, s);
    FORWARD(op_rmsnorm_backward(&p->ex, &norm, err));
    for (size_t i = (s + 1) * layers; i-- > s * layers;) {
        if (p->inputs[i].data) {
            const view again = workspace_narrow(&p->work, 1, timeline_rows(&p->time, s));
            FORWARD(op_copy(&p->ex, &again, &p->inputs[i], err));
            FORWARD(block_forward(&p->work, &p->blocks[i], &again, err));
        }
        FORWARD(block_backward(&p->work, &p->blocks[i], &stream->dh, err));
    }
    return AXL_OK;
}

static axl_status backward(pass *p, axl_error *err) {
    const workspace *w = &p->work;
    const view de[MODEL_SCALES] = {p->stream[0].de, p->stream[1].de, p->stream[2].de};
    const view dh[MODEL_SCALES] = {p->stream[0].dh, p->stream[1].dh, p->stream[2].dh};
    const view df = workspace_narrow(w, 3, timeline_rows(&p->time, 0));
    FORWARD(fuse_backward(w, &p->fuse, &df, de, err));
    for (size_t r = w->config->n_cross; r-- > 0;)
        FORWARD(cross_backward(w, &p->rounds[r], de, err));
    if (p->exit_de.data) FORWARD(op_add(&p->ex, &de[0], &p->exit_de, err));
    for (size_t s = 0; s < MODEL_SCALES; s++) FORWARD(backward_stack(p, s, err));
    return embed_backward(w, p->ids, dh, err);
}

axl_status pass_gradient(pass *p, const weights *m, const pass_batch *b, pass_losses *out,
                         axl_error *err) {
    RETURN_IF(!p->spec.train, err, AXL_INTERNAL, "this pass has no room for gradients");
    FORWARD(begin(p, m, b->ids, err));
    FORWARD(load_targets(p, b->target, err));
    p->work.train = true;
    p->work.seed = b->seed;
    p->work.step = b->step;
    FORWARD(losses(p, b, true, out, err));
    return backward(p, err);
}

axl_status pass_zero(pass *p, const weights *m, axl_error *err) {
    const view g = view_f32(m->g, 1, p->table->numbers);
    return op_zero(&p->ex, &g, err);
}

axl_status pass_finish(pass *p, const weights *m, axl_error *err) {
    RETURN_IF(!p->spec.train, err, AXL_INTERNAL, "this pass has no room for gradients");
    const model_config *c = &p->table->config;
    FORWARD(weights_unfold(&p->ex, m, p->head.main_g, err));
    const view main_g = view_f32(p->head.main_g, c->vocab_size, c->d_model);
    return op_zero(&p->ex, &main_g, err);
}
