#include "server/prompt_watch.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

bool request_is_watched(const request *r) {
    return request_is_vectors(r) || (r->echo && (r->probabilities || r->gates));
}

static axl_status make(prompt_watch *w, axl_error *err) {
    const request *r = w->r;
    const bool vectors = request_is_vectors(r);
    const size_t count = w->p->count - w->p->own;
    if (!vectors && r->probabilities) {
        w->tokens = mem_zalloc_array(count, sizeof *w->tokens);
        if (!w->tokens) return error_no_memory(err, "probabilities", count * sizeof *w->tokens);
        for (size_t i = 0; i < count; i++) w->tokens[i].logprob = NAN;
    }
    if (!vectors && r->gates) {
        w->gates = mem_alloc_array(count, sizeof *w->gates);
        if (!w->gates) return error_no_memory(err, "weights of scales", count * sizeof *w->gates);
        for (size_t i = 0; i < count; i++)
            for (size_t scale = 0; scale < MODEL_SCALES; scale++) w->gates[i][scale] = NAN;
    }
    if (vectors) {
        w->sum = mem_zalloc_array(r->model->channels, sizeof *w->sum);
        if (!w->sum) return error_no_memory(err, "a vector", r->model->channels * sizeof *w->sum);
    }
    return AXL_OK;
}

axl_status prompt_watch_create(prompt_watch *out, const request *r, const request_prompt *p,
                               axl_error *err) {
    *out = (prompt_watch){.r = r, .p = p};
    const axl_status status = make(out, err);
    if (status != AXL_OK) prompt_watch_free(out);
    return status;
}

void prompt_watch_free(prompt_watch *w) {
    mem_free(w->tokens);
    mem_free(w->gates);
    mem_free(w->sum);
    *w = (prompt_watch){0};
}

// Position i of the text says what is expected in the place of symbol i + 1.
static void see_next(prompt_watch *w, const session_span *span, size_t row) {
    const request_prompt *p = w->p;
    const size_t symbol = span->first + row + 1;
    if (symbol >= p->count) return;
    const size_t token = symbol - p->own;
    const size_t vocab = w->r->model->vocab;
    if (w->tokens) {
        const chooser_view v = {.logits = span->logits + row * vocab, .vocab = vocab};
        chooser_report(&w->r->chooser, &v, p->symbols[symbol], &w->tokens[token]);
    }
    if (w->gates) memcpy(w->gates[token], span->gates + row * MODEL_SCALES, sizeof w->gates[token]);
}

static void see(void *ctx, const session_span *span) {
    prompt_watch *w = ctx;
    const size_t channels = w->r->model->channels;
    for (size_t row = 0; row < span->count; row++) {
        if (w->tokens || w->gates) see_next(w, span, row);
        for (size_t i = 0; w->sum && i < channels; i++)
            w->sum[i] += (double)span->states[row * channels + i];
    }
    w->seen += span->count;
}

axl_status prompt_watch_join(prompt_watch *w, session *s, axl_error *err) {
    const session_watcher watcher = {.logits = w->tokens != NULL,
                                     .gates = w->gates != NULL,
                                     .states = w->sum != NULL,
                                     .see = see,
                                     .ctx = w};
    return session_watch(s, &watcher, err);
}

void prompt_watch_vector(const prompt_watch *w, float *out) {
    for (size_t i = 0; i < w->r->model->channels; i++)
        out[i] = (float)(w->sum[i] / (double)w->seen);
}
