// Answers that are one body: errors, vectors, symbols.
#include "base/alloc.h"
#include "server/dialects/forms.h"
#include "server/dialects/symbols.h"

#include <math.h>
#include <string.h>

bool refusal_body(const refusal *why, dialect d, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    if (d == DIALECT_OLLAMA) {
        json_out_text(&j, "error", why->message);
        json_out_end(&j);
        return buf_ok(out);
    }
    json_out_object(&j, "error");
    json_out_text(&j, "message", why->message);
    json_out_text(&j, "type", refusal_type(why));
    json_out_text(&j, "param", why->param[0] ? why->param : NULL);
    if (d == DIALECT_LLAMA) json_out_count(&j, "code", (uint64_t)refusal_http(why));
    if (d == DIALECT_OPENAI) json_out_text(&j, "code", refusal_code(why));
    if (why->kind == REFUSAL_CONTEXT) {
        json_out_count(&j, "n_prompt_tokens", why->prompt);
        json_out_count(&j, "n_ctx", why->context);
    }
    json_out_end(&j);
    json_out_end(&j);
    return buf_ok(out);
}

// ---- vectors ----

// The first `count` numbers, brought to length 1; one of zeros stays.
static void normalise(const float *from, size_t count, float *to) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)from[i] * from[i];
    const double scale = sum > 0 ? 1 / sqrt(sum) : 0;
    for (size_t i = 0; i < count; i++) to[i] = (float)(from[i] * scale);
}

static void put_numbers(json_out *j, const char *name, const float *vector, size_t count) {
    json_out_array(j, name);
    for (size_t i = 0; i < count; i++) json_out_number(j, NULL, vector[i]);
    json_out_end(j);
}

// Numbers in the order of their bytes, the lowest first, on every machine.
static void put_base64(json_out *j, const char *name, const float *vector, size_t count) {
    buf bytes = {0}, text = {0};
    for (size_t i = 0; i < count; i++) buf_f32(&bytes, vector[i]);
    base64_put(&text, buf_string(&bytes), bytes.size);
    json_out_bytes(j, name, buf_string(&text), text.size);
    if (!buf_ok(&bytes) || !buf_ok(&text)) j->to->failed = true;
    buf_free(&bytes);
    buf_free(&text);
}

static void put_openai_vector(json_out *j, const request *r, size_t index, const float *vector) {
    const size_t count = r->dimensions ? r->dimensions : r->model->channels;
    json_out_object(j, NULL);
    json_out_text(j, "object", "embedding");
    json_out_count(j, "index", index);
    (r->vectors == VECTORS_BASE64 ? put_base64 : put_numbers)(j, "embedding", vector, count);
    json_out_end(j);
}

static void put_openai(json_out *j, const request *r, const float *vectors,
                       const answer_counts *counts) {
    const size_t count = r->dimensions ? r->dimensions : r->model->channels;
    json_out_text(j, "object", "list");
    json_out_array(j, "data");
    for (size_t i = 0; i < r->prompt_count; i++) put_openai_vector(j, r, i, vectors + i * count);
    json_out_end(j);
    json_out_text(j, "model", r->model->name);
    json_out_object(j, "usage");
    json_out_count(j, "prompt_tokens", counts->prompt);
    json_out_count(j, "total_tokens", counts->prompt);
    json_out_end(j);
}

static void put_ollama(json_out *j, const request *r, const float *vectors,
                       const answer_counts *counts) {
    const size_t count = r->dimensions ? r->dimensions : r->model->channels;
    if (r->route == ROUTE_OLLAMA_EMBEDDINGS) {
        put_numbers(j, "embedding", vectors, count);
        return;
    }
    json_out_text(j, "model", r->model->name);
    json_out_array(j, "embeddings");
    for (size_t i = 0; i < r->prompt_count; i++) put_numbers(j, NULL, vectors + i * count, count);
    json_out_end(j);
    json_out_count(j, "total_duration", counts->total_ns);
    json_out_count(j, "load_duration", counts->load_ns);
    json_out_count(j, "prompt_eval_count", counts->prompt);
}

bool embedding_body(const request *r, const float *vectors, const answer_counts *counts, buf *out) {
    const size_t channels = r->model->channels;
    const size_t count = r->dimensions ? r->dimensions : channels;
    float *ready = mem_alloc_array(r->prompt_count * count, sizeof *ready);
    if (!ready) return false;
    for (size_t i = 0; i < r->prompt_count; i++)
        normalise(vectors + i * channels, count, ready + i * count);
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    const bool openai = route_dialect(r->route) == DIALECT_OPENAI;
    (openai ? put_openai : put_ollama)(&j, r, ready, counts);
    put_notes(&j, r);
    json_out_end(&j);
    mem_free(ready);
    return buf_ok(out);
}

// ---- symbols ----

// A piece is a text, or a list of bytes where it is none.
static void put_piece(json_out *j, uint16_t symbol) {
    const char *name = symbol_name(symbol);
    const char byte = (char)symbol;
    json_out_object(j, NULL);
    json_out_count(j, "id", symbol);
    if (name) {
        json_out_text(j, "piece", name);
    } else if (symbol < 0x80) {
        json_out_bytes(j, "piece", &byte, 1);
    } else {
        json_out_array(j, "piece");
        json_out_count(j, NULL, symbol);
        json_out_end(j);
    }
    json_out_end(j);
}

static void put_tokens(json_out *j, const request *r, const request_prompt *p) {
    json_out_array(j, "tokens");
    for (size_t i = p->own; i < p->count; i++) {
        if (r->pieces) put_piece(j, p->symbols[i]);
        if (!r->pieces) json_out_count(j, NULL, p->symbols[i]);
    }
    json_out_end(j);
    json_out_count(j, "count", p->count - p->own);
    json_out_count(j, "max_model_len", r->model->context);
}

static void put_text(json_out *j, const request_prompt *p) {
    buf text = {0};
    symbols_spell(&text, p->symbols + p->own, p->count - p->own);
    json_out_bytes(j, "content", buf_string(&text), text.size);
    json_out_bytes(j, "prompt", buf_string(&text), text.size);
    if (!buf_ok(&text)) j->to->failed = true;
    buf_free(&text);
}

bool tokens_body(const request *r, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    if (r->route == ROUTE_TOKENIZE) put_tokens(&j, r, &r->prompts[0]);
    if (r->route == ROUTE_DETOKENIZE) put_text(&j, &r->prompts[0]);
    json_out_end(&j);
    return buf_ok(out);
}

bool tokenizer_info_body(const model_facts *m, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_text(&j, "tokenizer_class", "bytes");
    json_out_count(&j, "vocab_size", m->vocab);
    json_out_text(&j, "bos_token", symbol_name(MODEL_BOS));
    json_out_text(&j, "eos_token", symbol_name(MODEL_EOS));
    json_out_text(&j, "pad_token", symbol_name(MODEL_EOS));
    json_out_count(&j, "bos_token_id", MODEL_BOS);
    json_out_count(&j, "eos_token_id", MODEL_EOS);
    json_out_count(&j, "model_max_length", m->context);
    json_out_end(&j);
    return buf_ok(out);
}
