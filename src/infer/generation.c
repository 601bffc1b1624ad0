#include "infer/generation.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/utf8.h"
#include "os/clock.h"

#include <string.h>

axl_status generation_begin(generation *g, session *s, const generation_options *o,
                            axl_error *err) {
    *g = (generation){.s = s, .options = *o};
    const size_t vocab = session_engine(s)->model.table.config.vocab_size;
    FORWARD(chooser_check(&o->chooser, vocab, err));
    RETURN_IF(!(o->most_seconds >= 0), err, AXL_BAD_ARGUMENT, "a time limit of %g seconds",
              o->most_seconds);
    if (o->most_seconds > 0 && o->most_seconds < 1e9)
        g->deadline = os_clock_ns() + (uint64_t)(o->most_seconds * 1e9) + 1;
    if (o->most_bytes == 0) g->end = GENERATION_BYTES;
    return stop_create(&g->stop, o->stop, o->stop_count, err);
}

void generation_free(generation *g) {
    stop_free(&g->stop);
    buf_free(&g->text);
    mem_free(g->choices);
    mem_free(g->gates);
    *g = (generation){0};
}

// Makes room for what is kept of one more byte.
static axl_status reserve(generation *g, axl_error *err) {
    if (g->text.size < g->kept) return AXL_OK;
    const size_t room = size_max(2 * g->kept, 64);
    if (g->options.keep_choices) {
        chooser_choice *grown = mem_resize_array(g->choices, room, sizeof *grown);
        if (!grown) return error_no_memory(err, "probabilities", room * sizeof *grown);
        g->choices = grown;
    }
    if (g->options.keep_gates) {
        float(*grown)[MODEL_SCALES] = mem_resize_array(g->gates, room, sizeof *grown);
        if (!grown) return error_no_memory(err, "weights of the scales", room * sizeof *grown);
        g->gates = grown;
    }
    g->kept = room;
    return AXL_OK;
}

// Chooses the next symbol and keeps what is to be kept of the choice, as of byte text.size.
static axl_status choose(generation *g, chooser_choice *c, axl_error *err) {
    FORWARD(reserve(g, err));
    FORWARD(session_choose(g->s, &g->options.chooser, c, err));
    const size_t at = g->text.size;
    if (g->options.keep_choices) g->choices[at] = *c;
    if (g->options.keep_gates) memcpy(g->gates[at], session_gates(g->s), sizeof g->gates[at]);
    return AXL_OK;
}

// Adds a byte to the text and sees what it means.
static axl_status add(generation *g, const chooser_choice *c, axl_error *err) {
    if (!buf_byte(&g->text, (uint8_t)c->symbol))
        return error_no_memory(err, "generated text", g->text.size + 1);
    const stop_found found = stop_push(&g->stop, (uint8_t)c->symbol);
    if (found.size > 0) {
        buf_truncate(&g->text, g->text.size - found.size);
        g->end = GENERATION_STOP;
        return AXL_OK;
    }
    if (g->text.size >= g->options.most_bytes) g->end = GENERATION_BYTES;
    // Both only grow: what was certain stays so.
    const size_t certain = g->text.size - found.held;
    g->shown = certain - utf8_partial_tail(buf_string(&g->text), certain);
    return AXL_OK;
}

axl_status generation_take(generation *g, axl_error *err) {
    while (!g->end) {
        if (g->deadline && os_clock_ns() >= g->deadline) {
            g->end = GENERATION_TIME;
            break;
        }
        if (!session_ready(g->s)) break;
        chooser_choice c;
        FORWARD(choose(g, &c, err));
        if (c.symbol == MODEL_EOS) {
            g->end = GENERATION_EOS;
            break;
        }
        FORWARD(session_accept(g->s, c.symbol, err));
        FORWARD(add(g, &c, err));
    }
    if (g->end) g->shown = g->text.size;
    return AXL_OK;
}

const char *generation_end_name(generation_end end) {
    static const char *const names[] = {"", "stop", "eos", "length", "time"};
    return names[end];
}
