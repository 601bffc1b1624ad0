#include "server/answer.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "server/dialects/forms.h"
#include "server/dialects/symbols.h"

#include <math.h>
#include <string.h>

static const answer_form *form_of(const request *r) {
    switch (route_dialect(r->route)) {
    case DIALECT_LLAMA:
        return &form_llama;
    case DIALECT_OLLAMA:
        return &form_ollama;
    case DIALECT_OPENAI:
        break;
    }
    return r->route == ROUTE_COMPLETIONS ? &form_openai_text : &form_openai_chat;
}

const char *answer_type(const request *r) {
    if (!r->stream) return "application/json";
    return route_dialect(r->route) == DIALECT_OLLAMA ? "application/x-ndjson" : "text/event-stream";
}

bool answer_begin(answer *a, const request *r, const answer_head *head) {
    *a = (answer){.r = r, .head = *head};
    const size_t count = r->prompt_count * r->choices;
    a->choices = mem_zalloc_array(count, sizeof *a->choices);
    if (!a->choices) return false;
    a->choice_count = count;
    return true;
}

void answer_free(answer *a) {
    for (size_t i = 0; i < a->choice_count; i++) {
        buf_free(&a->choices[i].text);
        buf_free(&a->choices[i].word);
        mem_free(a->choices[i].tokens);
        mem_free(a->choices[i].offsets);
        mem_free(a->choices[i].gates);
    }
    mem_free(a->choices);
    *a = (answer){0};
}

// ---- what a choice has ----

static bool reserve_token(const answer *a, answer_choice *c) {
    const size_t need = c->token_count + 1;
    if (need <= c->token_capacity) return true;
    const size_t capacity = size_max(need, 2 * c->token_capacity);
    chooser_choice *tokens = mem_resize_array(c->tokens, capacity, sizeof *tokens);
    if (tokens) c->tokens = tokens;
    size_t *offsets = mem_resize_array(c->offsets, capacity, sizeof *offsets);
    if (offsets) c->offsets = offsets;
    if (!tokens || !offsets) return false;
    if (a->r->gates) {
        float(*gates)[3] = mem_resize_array(c->gates, capacity, sizeof *gates);
        if (!gates) return false;
        c->gates = gates;
    }
    c->token_capacity = capacity;
    return true;
}

static void count_characters(answer_choice *c, size_t from) {
    for (size_t i = from; i < c->text.size; i++)
        c->characters += ((unsigned char)c->text.data[i] & 0xC0) != 0x80;
}

static bool put_bytes(answer_choice *c, const void *bytes, size_t size) {
    const size_t from = c->text.size;
    if (!utf8_repair(&c->utf8, bytes, size, &c->text)) return false;
    count_characters(c, from);
    return true;
}

static bool put_token(const answer *a, answer_choice *c, const chooser_choice *token,
                      const float *gate) {
    if (!reserve_token(a, c)) return false;
    for (size_t i = 0; c->gates && i < 3; i++) c->gates[c->token_count][i] = gate ? gate[i] : NAN;
    c->tokens[c->token_count] = *token;
    c->offsets[c->token_count++] = c->characters;
    return true;
}

static void forget(answer_choice *c) {
    buf_clear(&c->text);
    c->token_count = 0;
}

static bool done(answer *a, bool ok, const buf *out) {
    if (!ok || !buf_ok(out)) a->failed = true;
    return !a->failed;
}

// Sends what there is, where the answer is a stream.
static bool send(answer *a, size_t choice, buf *out) {
    answer_choice *c = &a->choices[choice];
    if (!a->r->stream || (c->text.size == 0 && c->token_count == 0)) return done(a, true, out);
    form_of(a->r)->chunk(a, choice, out);
    c->begun = true;
    forget(c);
    return done(a, true, out);
}

static bool put_symbols(answer_choice *c, const uint16_t *symbols, size_t count) {
    buf spelt = {0};
    const bool ok =
        symbols_spell(&spelt, symbols, count) && put_bytes(c, buf_string(&spelt), spelt.size);
    buf_free(&spelt);
    return ok;
}

bool answer_prompt(answer *a, size_t choice, const chooser_choice *tokens, const float (*gates)[3],
                   buf *out) {
    answer_choice *c = &a->choices[choice];
    const request_prompt *p = &a->r->prompts[choice / a->r->choices];
    if (a->failed || !a->r->echo) return !a->failed;
    bool ok = tokens || put_symbols(c, p->symbols + p->own, p->count - p->own);
    for (size_t i = 0; tokens && ok && i < p->count - p->own; i++) {
        chooser_choice token = i > 0 ? tokens[i] : (chooser_choice){.logprob = NAN};
        token.symbol = p->symbols[p->own + i];
        const float *gate = gates && i > 0 ? gates[i] : NULL;
        ok = put_token(a, c, &token, gate) && put_symbols(c, &token.symbol, 1);
    }
    return done(a, ok, out) && send(a, choice, out);
}

bool answer_text(answer *a, const answer_piece *piece, buf *out) {
    answer_choice *c = &a->choices[piece->choice];
    const uint8_t *bytes = piece->bytes;
    bool ok = !a->failed;
    if (!piece->tokens || !a->r->probabilities) {
        ok = ok && put_bytes(c, bytes, piece->size);
    } else {
        for (size_t i = 0; i < piece->size && ok; i++) {
            const float *gate = piece->gates ? piece->gates[i] : NULL;
            ok = put_token(a, c, &piece->tokens[i], gate) && put_bytes(c, bytes + i, 1);
        }
    }
    c->written += piece->size;
    return done(a, ok, out) && send(a, piece->choice, out);
}

bool answer_end(answer *a, size_t choice, generation_end end, const stop_string *word, buf *out) {
    answer_choice *c = &a->choices[choice];
    const size_t from = c->text.size;
    bool ok = !a->failed && utf8_repair_end(&c->utf8, &c->text);
    count_characters(c, from);
    c->end = end;
    if (word) ok = ok && buf_append(&c->word, word->bytes, word->size);
    if (ok && a->r->stream) {
        form_of(a->r)->last(a, choice, out);
        c->begun = true;
        forget(c);
    }
    return done(a, ok, out);
}

bool answer_finish(answer *a, const answer_counts *counts, buf *out) {
    if (a->failed) return false;
    const answer_form *form = form_of(a->r);
    (a->r->stream ? form->close : form->whole)(a, counts, out);
    return done(a, true, out);
}

bool answer_fail(answer *a, const refusal *why, buf *out) {
    const dialect d = route_dialect(a->r->route);
    const bool event = a->r->stream && d != DIALECT_OLLAMA;
    if (event) buf_text(out, "data: ");
    refusal_body(why, d, out);
    if (event) buf_byte(out, '\n');
    return buf_ok(out);
}
