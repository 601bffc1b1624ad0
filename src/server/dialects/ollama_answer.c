// Lines of /api/generate and /api/chat: one object each, the last one with "done": true.
#include "server/dialects/forms.h"

static void put_head(json_out *j, const answer *a) {
    json_out_text(j, "model", a->r->model->name);
    put_time(j, "created_at", a->head.seconds, a->head.nanoseconds);
}

static void put_text(json_out *j, const answer *a) {
    const answer_choice *choice = &a->choices[0];
    const bool message = a->r->route == ROUTE_OLLAMA_CHAT;
    if (message) json_out_object(j, "message");
    if (message) json_out_text(j, "role", "assistant");
    json_out_bytes(j, message ? "content" : "response", buf_string(&choice->text),
                   choice->text.size);
    if (message) json_out_end(j);
}

static void chunk(const answer *a, size_t c, buf *out) {
    (void)c; // there is one
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    put_head(&j, a);
    put_text(&j, a);
    json_out_bool(&j, "done", false);
    if (a->r->probabilities) put_token_list(&j, "logprobs", a, 0);
    json_out_end(&j);
}

static void last(const answer *a, size_t c, buf *out) {
    const answer_choice *choice = &a->choices[c];
    if (choice->text.size > 0 || choice->token_count > 0) chunk(a, c, out);
}

static const char *done_reason(const answer *a) {
    if (a->r->load == LOAD_MODEL) return "load";
    if (a->r->load == UNLOAD_MODEL) return "unload";
    return finish_reason(a->choices[0].end);
}

// In a stream the text was sent by now.
static void put_done(const answer *a, const answer_counts *counts, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    put_head(&j, a);
    put_text(&j, a);
    json_out_bool(&j, "done", true);
    json_out_text(&j, "done_reason", done_reason(a));
    if (a->r->probabilities && !a->r->stream) put_token_list(&j, "logprobs", a, 0);
    if (a->r->load == LOAD_NONE) {
        json_out_count(&j, "total_duration", counts->total_ns);
        json_out_count(&j, "load_duration", counts->load_ns);
        json_out_count(&j, "prompt_eval_count", counts->prompt);
        json_out_count(&j, "prompt_eval_duration", counts->read_ns);
        json_out_count(&j, "eval_count", counts->written);
        json_out_count(&j, "eval_duration", counts->write_ns);
    }
    put_notes(&j, a->r);
    json_out_end(&j);
}

const answer_form form_ollama = {chunk, last, put_done, put_done};
