// Bodies and chunks of /v1/completions, and of chat and FIM, which share a shape.
#include "server/dialects/forms.h"

static void put_head(json_out *j, const answer *a, const char *prefix, const char *object) {
    buf id = {0};
    buf_format(&id, "%s-%s", prefix, a->head.id);
    json_out_bytes(j, "id", buf_string(&id), id.size);
    if (!buf_ok(&id)) j->to->failed = true;
    buf_free(&id);
    json_out_text(j, "object", object);
    json_out_count(j, "created", a->head.seconds);
    json_out_text(j, "model", a->r->model->name);
    json_out_text(j, "system_fingerprint", a->head.fingerprint);
}

// Every chunk but the one with the usage says that it has none, where it is asked for.
static void put_no_usage(json_out *j, const answer *a) {
    if (a->r->stream_usage) json_out_text(j, "usage", NULL);
}

// A field that is absent is an error to some clients, null is not.
static void put_end(json_out *j, bool ended, generation_end end) {
    json_out_text(j, "finish_reason", ended ? finish_reason(end) : NULL);
}

// ---- texts ----

static void put_text_choice(json_out *j, const answer *a, size_t c, bool ended) {
    const answer_choice *choice = &a->choices[c];
    json_out_object(j, NULL);
    json_out_count(j, "index", c);
    json_out_bytes(j, "text", buf_string(&choice->text), choice->text.size);
    put_legacy_logprobs(j, a, c);
    put_axl(j, a, c);
    put_end(j, ended, choice->end);
    json_out_end(j);
}

static void put_text_chunk(json_out *j, const answer *a, size_t c, bool ended) {
    put_head(j, a, "cmpl", "text_completion");
    json_out_array(j, "choices");
    put_text_choice(j, a, c, ended);
    json_out_end(j);
    if (ended) put_notes(j, a->r);
    put_no_usage(j, a);
}

static void write_text_chunk(json_out *j, const answer *a, size_t c) {
    put_text_chunk(j, a, c, false);
}

static void write_text_last(json_out *j, const answer *a, size_t c) {
    put_text_chunk(j, a, c, true);
}

static void text_chunk(const answer *a, size_t c, buf *out) {
    put_event(a, c, write_text_chunk, out);
}

static void text_last(const answer *a, size_t c, buf *out) {
    put_event(a, c, write_text_last, out);
}

// ---- conversations ----

typedef enum delta { DELTA_ROLE, DELTA_CONTENT, DELTA_END } delta;

static void put_delta_chunk(json_out *j, const answer *a, size_t c, delta kind) {
    const answer_choice *choice = &a->choices[c];
    put_head(j, a, "chatcmpl", "chat.completion.chunk");
    json_out_array(j, "choices");
    json_out_object(j, NULL);
    json_out_count(j, "index", c);
    json_out_object(j, "delta");
    if (kind == DELTA_ROLE) json_out_text(j, "role", "assistant");
    if (kind == DELTA_ROLE) json_out_text(j, "content", "");
    if (kind == DELTA_CONTENT)
        json_out_bytes(j, "content", buf_string(&choice->text), choice->text.size);
    json_out_end(j);
    if (kind == DELTA_CONTENT) {
        put_chat_logprobs(j, a, c);
        put_axl(j, a, c);
    } else {
        json_out_text(j, "logprobs", NULL);
    }
    put_end(j, kind == DELTA_END, choice->end);
    json_out_end(j);
    json_out_end(j);
    if (kind == DELTA_END) put_notes(j, a->r);
    put_no_usage(j, a);
}

static void write_role(json_out *j, const answer *a, size_t c) {
    put_delta_chunk(j, a, c, DELTA_ROLE);
}

static void write_content(json_out *j, const answer *a, size_t c) {
    put_delta_chunk(j, a, c, DELTA_CONTENT);
}

static void write_delta_end(json_out *j, const answer *a, size_t c) {
    put_delta_chunk(j, a, c, DELTA_END);
}

static void chat_chunk(const answer *a, size_t c, buf *out) {
    if (!a->choices[c].begun) put_event(a, c, write_role, out);
    put_event(a, c, write_content, out);
}

static void chat_last(const answer *a, size_t c, buf *out) {
    const answer_choice *choice = &a->choices[c];
    if (choice->text.size > 0 || choice->token_count > 0) {
        chat_chunk(a, c, out);
    } else if (!choice->begun) {
        put_event(a, c, write_role, out);
    }
    put_event(a, c, write_delta_end, out);
}

static void put_message(json_out *j, const answer *a, size_t c) {
    const answer_choice *choice = &a->choices[c];
    json_out_object(j, NULL);
    json_out_count(j, "index", c);
    json_out_object(j, "message");
    json_out_text(j, "role", "assistant");
    json_out_bytes(j, "content", buf_string(&choice->text), choice->text.size);
    json_out_text(j, "refusal", NULL);
    json_out_end(j);
    put_chat_logprobs(j, a, c);
    put_axl(j, a, c);
    put_end(j, true, choice->end);
    json_out_end(j);
}

// ---- ends ----

static void put_close(const answer *a, const answer_counts *counts, bool messages, buf *out) {
    if (a->r->stream_usage) {
        json_out j = {.to = out};
        buf_text(out, "data: ");
        json_out_flat_object(&j, NULL);
        if (messages) put_head(&j, a, "chatcmpl", "chat.completion.chunk");
        if (!messages) put_head(&j, a, "cmpl", "text_completion");
        json_out_array(&j, "choices");
        json_out_end(&j);
        put_usage(&j, counts);
        put_timings(&j, counts);
        json_out_end(&j);
        buf_byte(out, '\n');
    }
    buf_text(out, "data: [DONE]\n\n");
}

static void put_whole(const answer *a, const answer_counts *counts, bool messages, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    if (messages) put_head(&j, a, "chatcmpl", "chat.completion");
    if (!messages) put_head(&j, a, "cmpl", "text_completion");
    json_out_array(&j, "choices");
    for (size_t c = 0; c < a->choice_count; c++) {
        if (messages) put_message(&j, a, c);
        if (!messages) put_text_choice(&j, a, c, true);
    }
    json_out_end(&j);
    put_usage(&j, counts);
    put_timings(&j, counts);
    put_notes(&j, a->r);
    json_out_end(&j);
}

static void text_close(const answer *a, const answer_counts *counts, buf *out) {
    put_close(a, counts, false, out);
}

static void text_whole(const answer *a, const answer_counts *counts, buf *out) {
    put_whole(a, counts, false, out);
}

static void chat_close(const answer *a, const answer_counts *counts, buf *out) {
    put_close(a, counts, true, out);
}

static void chat_whole(const answer *a, const answer_counts *counts, buf *out) {
    put_whole(a, counts, true, out);
}

const answer_form form_openai_text = {text_chunk, text_last, text_close, text_whole};
const answer_form form_openai_chat = {chat_chunk, chat_last, chat_close, chat_whole};
