// /v1/completions, /v1/chat/completions, /v1/fim/completions, /v1/embeddings.
#include "server/dialects/conversation.h"
#include "server/dialects/dialect.h"
#include "server/dialects/fields.h"
#include "server/dialects/prompts.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

// A constraint that is not kept would give a client what it cannot read.
static const char *const refused[] = {"response_format", "grammar", "json_schema", "guided_json"};

static const char *const ignored_tools[] = {"tools", "functions"};

static bool read_common(request *r, const body *b) {
    return fields_read(fields_openai(), b, r) && fields_stop(b, r) && fields_bias(b, r) &&
           fields_seed(b, r, false) && fields_refuse(b, refused, COUNT(refused));
}

static bool read_stream_options(request *r, const body *b) {
    const json_t *options = body_get(b, "stream_options");
    if (!options) return true;
    if (!json_is_object(options)) return body_wrong(b, "stream_options", "an object");
    const json_t *usage = json_object_get(options, "include_usage");
    if (usage && !json_is_null(usage) && !json_is_boolean(usage))
        return body_wrong(b, "stream_options.include_usage", "true or false");
    r->stream_usage = json_is_true(usage);
    return true;
}

static bool refuse_top(const body *b, const char *name) {
    return refuse(b->why, REFUSAL_VALUE, name, "%s should be 0 to %zu", name, CHOOSER_TOP_MAX);
}

// A number here, of the legacy shape; some clients send a switch.
static bool read_legacy_logprobs(request *r, const body *b) {
    const json_t *value = body_get(b, "logprobs");
    json_int_t top = 0;
    if (!value || json_is_false(value)) return true;
    if (!json_is_true(value) && !json_whole(value, &top))
        return body_wrong(b, "logprobs", "a whole number");
    if (top < 0 || (uint64_t)top > CHOOSER_TOP_MAX) return refuse_top(b, "logprobs");
    r->probabilities = true;
    r->chooser.top = (size_t)top;
    return true;
}

static bool read_chat_logprobs(request *r, const body *b) {
    const json_t *value = body_get(b, "top_logprobs");
    json_int_t top = 0;
    if (!body_bool(b, "logprobs", &r->probabilities)) return false;
    if (!value) return true;
    if (!json_whole(value, &top)) return body_wrong(b, "top_logprobs", "a whole number");
    if (top < 0 || (uint64_t)top > CHOOSER_TOP_MAX) return refuse_top(b, "top_logprobs");
    if (!r->probabilities && top > 0)
        return refuse(b->why, REFUSAL_VALUE, "top_logprobs", "top_logprobs needs logprobs: true");
    r->chooser.top = (size_t)top;
    return true;
}

static bool read_gap(request *r, const body *b, const json_t *suffix) {
    const json_t *prompt = NULL;
    if (!body_text(b, "prompt", &prompt)) return false;
    const infill gap = {.prefix = (const uint8_t *)(prompt ? json_string_value(prompt) : ""),
                        .prefix_size = json_string_length(prompt),
                        .suffix = (const uint8_t *)json_string_value(suffix),
                        .suffix_size = json_string_length(suffix)};
    return prompt_add_gap(r, &gap, "suffix", b->why);
}

// Whether the field "prompt" is a text or absent, or one text in an array, as LangChain sends it.
static bool read_completions(request *r, const body *b) {
    const json_t *suffix = NULL;
    if (!body_bool(b, "echo", &r->echo) || !read_legacy_logprobs(r, b)) return false;
    if (!body_text(b, "suffix", &suffix)) return false;
    if (!suffix || json_string_length(suffix) == 0) return prompts_read(b, "prompt", r);
    if (r->echo)
        return refuse(b->why, REFUSAL_UNSUPPORTED, "echo", "echo is not possible with a suffix");
    return read_gap(r, b, suffix);
}

static bool read_fim(request *r, const body *b) {
    const json_t *suffix = NULL;
    if (!body_text(b, "suffix", &suffix)) return false;
    return suffix && json_string_length(suffix) > 0 ? read_gap(r, b, suffix)
                                                    : prompts_read(b, "prompt", r);
}

static bool read_chat(request *r, const body *b) {
    for (size_t i = 0; i < COUNT(ignored_tools); i++) {
        const json_t *tools = body_get(b, ignored_tools[i]);
        if (tools && !json_is_array(tools)) return body_wrong(b, ignored_tools[i], "an array");
        if (json_array_size(tools) > 0 &&
            !request_note(r, "%s were ignored: this model calls none", ignored_tools[i]))
            return refuse_memory(b->why);
    }
    return read_chat_logprobs(r, b) && conversation_read(b, r);
}

static bool read_embeddings(request *r, const body *b) {
    const json_t *format = NULL;
    const json_t *dimensions = body_get(b, "dimensions");
    json_int_t most = 0;
    if (!body_text(b, "encoding_format", &format)) return false;
    if (format && strcmp(json_string_value(format), "base64") == 0) {
        r->vectors = VECTORS_BASE64;
    } else if (format && strcmp(json_string_value(format), "float") != 0) {
        return refuse(b->why, REFUSAL_VALUE, "encoding_format",
                      "encoding_format should be float or base64");
    }
    if (dimensions && !json_whole(dimensions, &most))
        return body_wrong(b, "dimensions", "a whole number");
    if (dimensions && (most < 1 || (uint64_t)most > r->model->channels))
        return refuse(b->why, REFUSAL_VALUE, "dimensions", "dimensions should be 1 to %zu",
                      r->model->channels);
    r->dimensions = (size_t)most;
    if (!body_get(b, "input"))
        return refuse(b->why, REFUSAL_MISSING, "input", "input should be given");
    r->most_bytes = 0;
    return prompts_read(b, "input", r);
}

// What no other server has.
static bool read_axl(request *r, const body *b) {
    const json_t *axl = body_get(b, "axl");
    if (!axl) return true;
    if (!json_is_object(axl)) return body_wrong(b, "axl", "an object");
    const json_t *gates = json_object_get(axl, "gates");
    if (gates && !json_is_null(gates) && !json_is_boolean(gates))
        return body_wrong(b, "axl.gates", "true or false");
    if (json_is_true(gates) && !r->probabilities)
        return refuse(b->why, REFUSAL_VALUE, "axl.gates", "axl.gates needs logprobs");
    r->gates = json_is_true(gates);
    return true;
}

static bool read_prompt(request *r, const body *b) {
    if (r->route == ROUTE_CHAT) return read_chat(r, b);
    return r->route == ROUTE_FIM ? read_fim(r, b) : read_completions(r, b);
}

bool openai_read(request *r, const body *b) {
    if (r->route == ROUTE_EMBEDDINGS) return read_embeddings(r, b);
    return read_common(r, b) && read_stream_options(r, b) && read_prompt(r, b) && read_axl(r, b);
}
