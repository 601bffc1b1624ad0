// Any bytes as the body of a request: it is refused with a status of 4xx, or it keeps every limit
// and can be answered. And any bytes as its answer: every chunk is JSON in UTF-8, a stream says
// what a single body says, and that is the bytes, with U+FFFD for what is no UTF-8.
//
// Input: a route, the body, a zero, the answer.
#include "fuzz_target.h"
#include "infer/chooser.h"
#include "server/answer.h"
#include "server/dialects/dialect.h"

#include <jansson.h>
#include <string.h>

static const route posts[] = {
    ROUTE_COMPLETIONS,       ROUTE_CHAT,        ROUTE_FIM,          ROUTE_EMBEDDINGS,
    ROUTE_COMPLETION,        ROUTE_INFILL,      ROUTE_TOKENIZE,     ROUTE_DETOKENIZE,
    ROUTE_OLLAMA_CHAT,       ROUTE_OLLAMA_SHOW, ROUTE_OLLAMA_EMBED, ROUTE_OLLAMA_GENERATE,
    ROUTE_OLLAMA_EMBEDDINGS,
};

static const generation_settings settings = {
    .top_p = 1,
    .repetition_penalty = 1,
    .chat = {.user = "User: ", .assistant = "\nAssistant:", .end = "\n"},
};
static const model_facts models[] = {
    {.name = "axl",
     .settings = &settings,
     .vocab = 264,
     .context = 64,
     .channels = 2,
     .infill = true},
    {.name = "plain", .settings = &settings, .vocab = 258, .context = 64, .channels = 2},
};
static const catalog known = {
    models,
    2,
    false,
    {.standard_bytes = 16, .most_bytes = 1 << 20, .prompt_bytes = 1 << 16, .choices = 8}};

static json_t *parse(const char *text, size_t size) {
    json_error_t error;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    FUZZ_CHECK(value != NULL);
    return value;
}

static void check_refusal(const refusal *why) {
    const int http = refusal_http(why);
    FUZZ_CHECK(http >= 400 && http < 500 && why->message[0] != '\0');
    for (dialect d = DIALECT_OPENAI; d <= DIALECT_OLLAMA; d++) {
        buf out = {0};
        FUZZ_CHECK(refusal_body(why, d, &out));
        json_decref(parse(out.data, out.size));
        buf_free(&out);
    }
}

static void check_request(const request *r) {
    const model_facts *m = r->model;
    FUZZ_CHECK(chooser_check(&r->chooser, m->vocab, NULL) == AXL_OK);
    FUZZ_CHECK(r->most_bytes <= known.limits.most_bytes && r->candidates >= r->choices);
    FUZZ_CHECK(r->prompt_count * r->candidates <= known.limits.choices);
    FUZZ_CHECK(r->prompt_count > 0 || r->route == ROUTE_OLLAMA_SHOW);
    for (size_t i = 0; i < r->prompt_count; i++) {
        const request_prompt *p = &r->prompts[i];
        FUZZ_CHECK(p->count > 0 && p->symbols[0] == MODEL_BOS && p->own <= 1);
        FUZZ_CHECK(r->echo || p->count <= m->context);
        for (size_t k = 0; k < p->count; k++) FUZZ_CHECK(p->symbols[k] < m->vocab);
    }
    stop_matcher stop;
    FUZZ_CHECK(stop_create(&stop, r->stop, r->stop_count, NULL) == AXL_OK);
    stop_free(&stop);
}

// ---- answers ----

// What one JSON document adds to the text of the first choice.
static void take_text(const json_t *doc, buf *text) {
    const json_t *choice = json_array_get(json_object_get(doc, "choices"), 0);
    const json_t *parts[] = {
        json_object_get(doc, "content"),
        json_object_get(doc, "response"),
        json_object_get(json_object_get(doc, "message"), "content"),
        json_object_get(choice, "text"),
        json_object_get(json_object_get(choice, "delta"), "content"),
        json_object_get(json_object_get(choice, "message"), "content"),
    };
    if (json_integer_value(json_object_get(choice, "index")) != 0) return;
    if (json_integer_value(json_object_get(doc, "index")) != 0) return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]) buf_append(text, json_string_value(parts[i]), json_string_length(parts[i]));
}

static void take_documents(const buf *out, buf *text) {
    for (const char *line = buf_string(out); *line;) {
        const size_t size = strcspn(line, "\n");
        const char *from = strncmp(line, "data: ", 6) == 0 ? line + 6 : line;
        const size_t length = size - (size_t)(from - line);
        if (length > 0 && strncmp(from, "[DONE]", 6) != 0) {
            json_t *doc = parse(from, length);
            take_text(json_is_array(doc) ? json_array_get(doc, 0) : doc, text);
            json_decref(doc);
        }
        line += size + (line[size] == '\n');
    }
}

// Sends the bytes to every choice in pieces of `step`, as a stream or not.
static void answer_all(request *r, const uint8_t *bytes, size_t size, size_t step, buf *text) {
    const answer_head head = {"1", "axl", 1, 2};
    const answer_counts counts = {.prompt = 1, .written = size};
    answer a;
    buf out = {0};
    chooser_choice tokens[8];
    const float gates[8][3] = {{1, 0, 0}, {0.5f, 0.25f, 0.25f}};
    FUZZ_CHECK(answer_begin(&a, r, &head));
    for (size_t c = 0; c < a.choice_count; c++) {
        FUZZ_CHECK(answer_prompt(&a, c, NULL, NULL, &out));
        for (size_t at = 0; at < size; at += step) {
            const size_t part = step < size - at ? step : size - at;
            for (size_t i = 0; i < part; i++)
                tokens[i] = (chooser_choice){
                    .symbol = bytes[at + i], .logprob = -1, .top = {{'a', -1}}, .top_count = 1};
            const answer_piece piece = {c, bytes + at, part, tokens, gates};
            FUZZ_CHECK(answer_text(&a, &piece, &out));
        }
        FUZZ_CHECK(answer_end(&a, c, GENERATION_EOS, NULL, &out));
    }
    FUZZ_CHECK(answer_finish(&a, &counts, &out) && buf_ok(&out));
    take_documents(&out, text);
    answer_free(&a);
    buf_free(&out);
}

static void check_answer(request *r, const uint8_t *bytes, size_t size, size_t step) {
    buf whole = {0}, streamed = {0}, expected = {0};
    utf8_decoder d = {0};
    r->stream = false;
    answer_all(r, bytes, size, step, &whole);
    r->stream = true;
    answer_all(r, bytes, size, step, &streamed);
    FUZZ_CHECK(utf8_repair(&d, bytes, size, &expected) && utf8_repair_end(&d, &expected));
    // A body of picked fields need not have the text.
    if (r->field_count == 0) {
        FUZZ_CHECK(whole.size == streamed.size);
        FUZZ_CHECK(whole.size == 0 || memcmp(whole.data, streamed.data, whole.size) == 0);
    }
    // With echo a prompt stands before it.
    if (r->field_count == 0 && !r->echo) {
        FUZZ_CHECK(whole.size == expected.size);
        FUZZ_CHECK(whole.size == 0 || memcmp(whole.data, expected.data, whole.size) == 0);
    }
    buf_free(&whole);
    buf_free(&streamed);
    buf_free(&expected);
}

static void check_body(const request *r) {
    const float vectors[16] = {1, 2, 3, 0, 0, -1};
    const answer_counts counts = {.prompt = 1};
    buf out = {0};
    const bool tokens = r->route == ROUTE_TOKENIZE || r->route == ROUTE_DETOKENIZE;
    FUZZ_CHECK(tokens ? tokens_body(r, &out) : embedding_body(r, vectors, &counts, &out));
    json_decref(parse(out.data, out.size));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const uint8_t *text = data + 1;
    const uint8_t *zero = memchr(text, 0, size - 1);
    const size_t text_size = zero ? (size_t)(zero - text) : size - 1;
    const size_t rest = zero ? size - 2 - text_size : 0;
    const request_source from = {posts[data[0] % (sizeof posts / sizeof *posts)], text, text_size};
    request r;
    refusal why;
    if (!request_read(&r, &from, &known, &why)) {
        FUZZ_CHECK(r.prompts == NULL && r.stop == NULL && r.chooser.bias == NULL);
        check_refusal(&why);
        return 0;
    }
    check_request(&r);
    if (from.route == ROUTE_EMBEDDINGS || from.route == ROUTE_OLLAMA_EMBED ||
        from.route == ROUTE_OLLAMA_EMBEDDINGS || from.route == ROUTE_TOKENIZE ||
        from.route == ROUTE_DETOKENIZE) {
        check_body(&r);
    } else if (from.route != ROUTE_OLLAMA_SHOW) {
        check_answer(&r, zero ? zero + 1 : text, rest, 1 + data[0] / 32u);
    }
    request_free(&r);
    return 0;
}
