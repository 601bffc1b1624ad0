// What a watcher of a session sees.
#include "base/alloc.h"
#include "base/error.h"
#include "infer/session_parts.h"

#include <string.h>

static const model_config *config_of(const session *s) {
    return &s->e->model.table.config;
}

// Numbers of one row of the results; the sizes of a model are far from overflow.
static size_t row_numbers(const session *s, const session_watcher *w) {
    return config_of(s)->vocab_size + MODEL_SCALES + (w->states ? config_of(s)->d_model : 0);
}

axl_status session_view_create(session_view **out, const session *s, const session_watcher *w,
                               axl_error *err) {
    const size_t numbers = SESSION_PIECE * row_numbers(s, w);
    *out = NULL;
    session_view *v = mem_zalloc(sizeof *v);
    if (!v) return error_no_memory(err, "a watcher", sizeof *v);
    v->watcher = *w;
    v->bytes = sizeof *v + numbers * sizeof *v->logits;
    v->logits = mem_alloc_array(numbers, sizeof *v->logits);
    if (!v->logits) {
        mem_free(v);
        return error_no_memory(err, "what a watcher sees", numbers * sizeof(float));
    }
    v->gates = v->logits + SESSION_PIECE * config_of(s)->vocab_size;
    if (w->states) v->states = v->gates + SESSION_PIECE * MODEL_SCALES;
    *out = v;
    return AXL_OK;
}

void session_view_free(session_view *v) {
    if (!v) return;
    mem_free(v->logits);
    mem_free(v);
}

void session_view_ask(const session_view *v, step_item *item) {
    item->wanted = item->count;
    item->logits = v->logits;
    item->gates = v->gates;
    item->states = v->states;
}

void session_view_tell(session *s, const step_item *item, bool last) {
    const session_view *v = s->view;
    const size_t vocab = config_of(s)->vocab_size, end = item->count - 1;
    if (last) {
        memcpy(s->logits, v->logits + end * vocab, vocab * sizeof *s->logits);
        memcpy(s->gates[0], v->gates + end * MODEL_SCALES, sizeof s->gates[0]);
    }
    const session_span span = {
        .first = session_known(s) - item->count,
        .count = item->count,
        .logits = v->watcher.logits ? v->logits : NULL,
        .gates = v->watcher.gates ? v->gates : NULL,
        .states = v->states,
    };
    v->watcher.see(v->watcher.ctx, &span);
}
