#include "api/generate_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "data/fim.h"
#include "infer/infill.h"
#include "os/clock.h"

#include <math.h>

// What was trained on and what is asked for are the same symbols.
_Static_assert(INFILL_PREFIX == FIM_PREFIX && INFILL_SUFFIX == FIM_SUFFIX &&
                   INFILL_MIDDLE == FIM_MIDDLE && INFILL_VOCAB == FIM_VOCAB,
               "symbols of fill-in-the-middle");

axl_status engine_pass(axl_session *text, axl_error *err) {
    axl_engine *e = text->of;
    os_mutex_lock(&e->lock);
    const axl_status status = batch_run(e->batch, &text->s, 1, err);
    os_mutex_unlock(&e->lock);
    return status;
}

static axl_status wrap(axl_session **out, axl_engine *of, session *s, axl_error *err) {
    *out = mem_zalloc(sizeof **out);
    if (!*out) {
        session_free(s);
        return error_no_memory(err, "a session", sizeof **out);
    }
    **out = (axl_session){.of = of, .s = s, .marks = 1};
    return AXL_OK;
}

axl_status axl_session_create(axl_session **out, axl_engine *e, axl_error *err) {
    RETURN_IF(!out || !e, err, AXL_BAD_ARGUMENT,
              "axl_session_create: a place for the session and an engine must be given");
    *out = NULL;
    session *s;
    FORWARD(session_create(&s, &e->model, err));
    return wrap(out, e, s, err);
}

void axl_session_free(axl_session *text) {
    if (!text) return;
    session_free(text->s);
    mem_free(text);
}

axl_status axl_session_fork(axl_session **out, const axl_session *from, axl_error *err) {
    RETURN_IF(!out || !from, err, AXL_BAD_ARGUMENT,
              "axl_session_fork: a place for the session and one to copy must be given");
    *out = NULL;
    session *s;
    FORWARD(session_fork(&s, from->s, err));
    FORWARD(wrap(out, from->of, s, err));
    (*out)->marks = from->marks;
    (*out)->read_bytes = from->read_bytes;
    (*out)->read_seconds = from->read_seconds;
    return AXL_OK;
}

// ---- the text ----

axl_status axl_session_append(axl_session *text, const void *bytes, size_t size, axl_error *err) {
    RETURN_IF(!text || (!bytes && size > 0), err, AXL_BAD_ARGUMENT,
              "axl_session_append: a session and bytes must be given");
    uint16_t symbols[256];
    const uint8_t *from = bytes;
    for (size_t done = 0; done < size;) {
        const size_t part = size_min(size - done, sizeof symbols / sizeof *symbols);
        for (size_t i = 0; i < part; i++) symbols[i] = from[done + i];
        const axl_status status = session_feed(text->s, symbols, part, err);
        if (status != AXL_OK) {
            size_t length; // all or nothing
            session_text(text->s, &length);
            session_truncate(text->s, length - done, NULL);
            return status;
        }
        done += part;
    }
    return AXL_OK;
}

axl_status axl_session_replace(axl_session *text, const void *bytes, size_t size, axl_error *err) {
    RETURN_IF(!text || (!bytes && size > 0), err, AXL_BAD_ARGUMENT,
              "axl_session_replace: a session and bytes must be given");
    uint16_t *symbols = mem_alloc_array(size + 1, sizeof *symbols);
    if (!symbols) return error_no_memory(err, "a text", size);
    symbols[0] = MODEL_BOS;
    for (size_t i = 0; i < size; i++) symbols[i + 1] = ((const uint8_t *)bytes)[i];
    const axl_status status = session_restart(text->s, symbols, size + 1, NULL, err);
    mem_free(symbols);
    if (status == AXL_OK) text->marks = 1;
    return status;
}

axl_status axl_session_infill(axl_session *text, const void *suffix, size_t size, size_t room,
                              axl_error *err) {
    RETURN_IF(!text || (!suffix && size > 0) || text->marks > 1, err, AXL_BAD_ARGUMENT,
              "axl_session_infill: a session with a plain text and a suffix must be given");
    const model_config *c = &text->of->model.model.table.config;
    RETURN_IF(c->vocab_size < INFILL_VOCAB, err, AXL_UNSUPPORTED,
              "this model was not trained to fill in the middle: its vocabulary has %zu symbols, "
              "that takes %d",
              c->vocab_size, INFILL_VOCAB);
    const size_t length = axl_session_size(text);
    uint8_t *prefix = mem_alloc(length);
    if (!prefix) return error_no_memory(err, "a text", length);
    axl_session_copy(text, 0, prefix, length);
    const infill all = {prefix, suffix, length, size};
    // Half of the window is for the prompt, however much is to be written.
    const infill fit = infill_fit(&all, c->max_seq_len - size_min(room, c->max_seq_len / 2));
    const size_t count = infill_symbols(&fit);
    uint16_t *symbols = mem_alloc_array(count, sizeof *symbols);
    axl_status status = symbols ? AXL_OK : error_no_memory(err, "a text", count);
    if (status == AXL_OK) {
        infill_write(&fit, symbols);
        status = session_restart(text->s, symbols, count, NULL, err);
    }
    mem_free(symbols);
    mem_free(prefix);
    if (status == AXL_OK) text->marks = INFILL_MARKS;
    return status;
}

axl_status axl_session_truncate(axl_session *text, size_t size, axl_error *err) {
    RETURN_IF(!text || size > axl_session_size(text), err, AXL_BAD_ARGUMENT,
              "axl_session_truncate: the text is shorter than %zu bytes", size);
    RETURN_IF(text->marks > 1, err, AXL_BAD_ARGUMENT,
              "axl_session_truncate: the text is one to be filled in");
    return session_truncate(text->s, size + text->marks, err);
}

size_t axl_session_size(const axl_session *text) {
    size_t length;
    session_text(text->s, &length);
    return length - text->marks;
}

size_t axl_session_copy(const axl_session *text, size_t from, void *to, size_t size) {
    size_t length;
    const uint16_t *symbols = session_text(text->s, &length);
    if (text->marks > 1 || from >= length - 1) return 0;
    const size_t count = size_min(size, length - 1 - from);
    for (size_t i = 0; i < count; i++) ((uint8_t *)to)[i] = (uint8_t)symbols[1 + from + i];
    return count;
}

axl_status axl_session_read(axl_session *text, const axl_generate_events *events, axl_error *err) {
    RETURN_IF(!text, err, AXL_BAD_ARGUMENT, "axl_session_read: a session must be given");
    const uint64_t start = os_clock_ns(), before = session_count(text->s).fed;
    axl_status status = AXL_OK;
    while (status == AXL_OK && !session_ready(text->s)) {
        if (events && events->step && events->step(events->ctx, session_unread(text->s)) != 0)
            status = error_set(err, AXL_INTERRUPTED, "interrupted");
        else
            status = engine_pass(text, err);
    }
    text->read_bytes += session_count(text->s).fed - before;
    text->read_seconds += (double)(os_clock_ns() - start) * 1e-9;
    return status;
}

axl_status axl_session_predict(axl_session *text, double *logprobs, axl_error *err) {
    RETURN_IF(!text || !logprobs, err, AXL_BAD_ARGUMENT,
              "axl_session_predict: a session and a place for the result must be given");
    FORWARD(axl_session_read(text, NULL, err));
    const size_t v = text->of->model.model.table.config.vocab_size;
    const float *l;
    FORWARD(session_expect(text->s, &l, err));
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < v; i++) most = fmax(most, (double)l[i]);
    for (size_t i = 0; i < v; i++) sum += exp((double)l[i] - most);
    for (size_t i = 0; i < v; i++) logprobs[i] = (double)l[i] - most - log(sum);
    return AXL_OK;
}
