// /api/generate, /api/chat, /api/embed, /api/embeddings and /api/show, as Ollama has them.
#include "server/dialects/conversation.h"
#include "server/dialects/dialect.h"
#include "server/dialects/fields.h"
#include "server/dialects/prompts.h"

#include <string.h>

static const char *const refused[] = {"format", "images"};

// The object "options" has the sampling settings.
static bool read_options(request *r, const body *b) {
    const json_t *options = body_get(b, "options");
    if (!options) return true;
    if (!json_is_object(options)) return body_wrong(b, "options", "an object");
    const body inner = {.root = (json_t *)options, .why = b->why};
    return fields_read(fields_ollama(), &inner, r) && fields_stop(&inner, r) &&
           fields_seed(&inner, r, true);
}

static bool read_logprobs(request *r, const body *b) {
    const json_t *value = body_get(b, "top_logprobs");
    json_int_t top = 0;
    if (!body_bool(b, "logprobs", &r->probabilities)) return false;
    if (value && (!json_whole(value, &top) || top < 0 || (uint64_t)top > CHOOSER_TOP_MAX))
        return refuse(b->why, REFUSAL_VALUE, "top_logprobs",
                      "top_logprobs should be a whole number, 0 to %zu", CHOOSER_TOP_MAX);
    r->chooser.top = r->probabilities ? (size_t)top : 0;
    return true;
}

// keep_alive is a number of seconds or a text such as "5m"; 0 lets the model go.
static bool lets_go(const body *b) {
    const json_t *value = body_get(b, "keep_alive");
    const char *text = json_string_value(value);
    if (text) return strcmp(text, "0") == 0 || strcmp(text, "0s") == 0 || strcmp(text, "0m") == 0;
    return json_is_number(value) && json_number_value(value) == 0;
}

// A request with nothing to read loads the model.
static bool read_load(request *r, const body *b) {
    r->load = lets_go(b) ? UNLOAD_MODEL : LOAD_MODEL;
    r->most_bytes = 0;
    return prompt_add_text(r, "", 0, b->why);
}

// What came before, as the tokens of an earlier answer or as a system text.
static bool put_before(request *r, const body *b, symbol_list *l) {
    const json_t *context = body_get(b, "context"), *system = NULL;
    bool raw = false;
    if (!body_text(b, "system", &system) || !body_bool(b, "raw", &raw)) return false;
    if (context && !json_is_array(context)) return body_wrong(b, "context", "an array of tokens");
    if (context) return prompt_tokens(b, "context", r->model, context, l);
    if (!system || raw || json_string_length(system) == 0) return true;
    symbols_put_bytes(l, json_string_value(system), json_string_length(system));
    symbols_put_bytes(l, "\n\n", 2);
    return !l->failed || refuse_memory(b->why);
}

static bool read_prompt(request *r, const body *b, const json_t *prompt) {
    const char *text = json_string_value(prompt);
    const size_t size = json_string_length(prompt);
    symbol_list l = {0};
    if (!put_before(r, b, &l)) {
        symbols_free(&l);
        return false;
    }
    if (l.count == 0) return prompt_add_text(r, text, size, b->why);
    symbols_put_text(&l, r->model, text, size, true);
    return prompt_add_symbols(r, &l, b->why);
}

static bool note_template(request *r, const body *b) {
    const json_t *template = NULL;
    if (!body_text(b, "template", &template)) return false;
    if (json_string_length(template) == 0) return true;
    return request_note(r, "template was ignored: the model has its own") || refuse_memory(b->why);
}

static bool read_generate(request *r, const body *b) {
    const json_t *prompt = NULL, *suffix = NULL;
    if (!body_text(b, "prompt", &prompt) || !body_text(b, "suffix", &suffix)) return false;
    if (!note_template(r, b)) return false;
    const size_t prefix_size = json_string_length(prompt), suffix_size = json_string_length(suffix);
    if (prefix_size + suffix_size == 0) return read_load(r, b);
    if (suffix_size == 0) return read_prompt(r, b, prompt);
    const infill gap = {.prefix = (const uint8_t *)(prompt ? json_string_value(prompt) : ""),
                        .prefix_size = prefix_size,
                        .suffix = (const uint8_t *)json_string_value(suffix),
                        .suffix_size = suffix_size};
    return prompt_add_gap(r, &gap, "suffix", b->why);
}

static bool read_chat(request *r, const body *b) {
    const json_t *messages = body_get(b, "messages"), *tools = body_get(b, "tools");
    if (tools && !json_is_array(tools)) return body_wrong(b, "tools", "an array");
    if (json_array_size(tools) > 0 && !request_note(r, "tools were ignored: this model calls none"))
        return refuse_memory(b->why);
    if (!messages || (json_is_array(messages) && json_array_size(messages) == 0))
        return read_load(r, b);
    return conversation_read(b, r);
}

// Vectors of texts; with "truncate": false one that is too long is an error.
static bool read_embed(request *r, const body *b) {
    const char *text = r->route == ROUTE_OLLAMA_EMBED ? "input" : "prompt";
    const json_t *dimensions = body_get(b, "dimensions");
    json_int_t most = 0;
    bool truncate = true;
    if (!body_bool(b, "truncate", &truncate)) return false;
    if (dimensions && (!json_whole(dimensions, &most) || most < 0))
        return body_wrong(b, "dimensions", "a whole number");
    if ((uint64_t)most < r->model->channels) r->dimensions = (size_t)most;
    r->most_bytes = 0;
    if (!body_get(b, text))
        return refuse(b->why, REFUSAL_MISSING, text, "%s should be given", text);
    if (!prompts_read(b, text, r)) return false;
    const size_t cut = request_cut(r);
    if (truncate || cut == 0) return true;
    refuse(b->why, REFUSAL_CONTEXT, text, "the input is %zu bytes longer than the context of %zu",
           cut, r->model->context);
    b->why->prompt = cut + r->model->context;
    b->why->context = r->model->context;
    return false;
}

bool ollama_read(request *r, const body *b) {
    if (r->route == ROUTE_OLLAMA_SHOW) return true;
    if (!read_options(r, b)) return false;
    if (r->route == ROUTE_OLLAMA_EMBED || r->route == ROUTE_OLLAMA_EMBEDDINGS)
        return read_embed(r, b);
    r->stream = true;
    if (!body_bool(b, "stream", &r->stream) || !read_logprobs(r, b)) return false;
    if (!fields_refuse(b, refused, sizeof refused / sizeof *refused)) return false;
    return r->route == ROUTE_OLLAMA_CHAT ? read_chat(r, b) : read_generate(r, b);
}
