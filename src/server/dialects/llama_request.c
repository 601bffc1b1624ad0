// /completion, /infill, /tokenize and /detokenize, as llama.cpp's server has them; the last two
// take what vLLM's clients send as well.
#include "base/alloc.h"
#include "server/dialects/dialect.h"
#include "server/dialects/fields.h"
#include "server/dialects/prompts.h"

#include <string.h>

static const char *const refused[] = {"grammar", "json_schema"};

#define FIELDS_MAX ((size_t)64) // of an answer that can be asked for

static bool add_wanted(request *r, const body *b, const json_t *path) {
    const size_t size = json_string_length(path);
    char *copy = mem_alloc(size + 1);
    if (!copy) return refuse_memory(b->why);
    memcpy(copy, json_string_value(path), size);
    copy[size] = '\0';
    r->fields[r->field_count++] = copy;
    return true;
}

static bool read_response_fields(request *r, const body *b) {
    const json_t *list = body_get(b, "response_fields");
    const size_t count = json_array_size(list);
    if (list && !json_is_array(list)) return body_wrong(b, "response_fields", "an array");
    if (count > FIELDS_MAX)
        return refuse(b->why, REFUSAL_VALUE, "response_fields", "more than %zu response_fields",
                      FIELDS_MAX);
    if (count == 0) return true;
    r->fields = mem_alloc_array(count, sizeof *r->fields);
    if (!r->fields) return refuse_memory(b->why);
    for (size_t i = 0; i < count; i++) {
        const json_t *path = json_array_get(list, i);
        if (!json_is_string(path)) return body_wrong(b, "response_fields", "an array of strings");
        if (!add_wanted(r, b, path)) return false;
    }
    return true;
}

static bool read_options(request *r, const body *b) {
    if (!fields_read(fields_llama(), b, r) || !fields_stop(b, r) || !fields_bias(b, r))
        return false;
    if (!fields_seed(b, r, true) || !read_response_fields(r, b)) return false;
    r->probabilities = r->chooser.top > 0;
    return fields_refuse(b, refused, sizeof refused / sizeof *refused);
}

// ---- the gap ----

static bool put(buf *to, const body *b, const char *name) {
    const json_t *text = NULL;
    if (!body_text(b, name, &text)) return false;
    if (!text || buf_append(to, json_string_value(text), json_string_length(text))) return true;
    return refuse_memory(b->why);
}

// Pieces of other files stand before the prefix, where they are the first to be cut.
static bool put_extra(buf *to, const body *b) {
    const json_t *list = body_get(b, "input_extra");
    if (list && !json_is_array(list)) return body_wrong(b, "input_extra", "an array");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *text = json_object_get(json_array_get(list, i), "text");
        const json_t *name = json_object_get(json_array_get(list, i), "filename");
        if (!json_is_string(text) || (name && !json_is_string(name)))
            return body_wrong(b, "input_extra", "objects with a filename and a text");
        buf_append(to, json_string_value(text), json_string_length(text));
        buf_byte(to, '\n');
    }
    return buf_ok(to) || refuse_memory(b->why);
}

static bool read_infill(request *r, const body *b) {
    buf prefix = {0}, suffix = {0};
    bool ok = put_extra(&prefix, b) && put(&prefix, b, "input_prefix") &&
              put(&prefix, b, "prompt") && put(&suffix, b, "input_suffix");
    if (ok) {
        const infill gap = {(const uint8_t *)buf_string(&prefix),
                            (const uint8_t *)buf_string(&suffix), prefix.size, suffix.size};
        ok = prompt_add_gap(r, &gap, "input_suffix", b->why);
    }
    buf_free(&prefix);
    buf_free(&suffix);
    return ok;
}

// ---- symbols ----

static bool read_tokenize(request *r, const body *b) {
    bool names = true, special = false;
    const json_t *text = NULL;
    symbol_list l = {0};
    if (!body_bool(b, "parse_special", &names) || !body_bool(b, "add_special", &special) ||
        !body_bool(b, "add_special_tokens", &special) || !body_bool(b, "with_pieces", &r->pieces) ||
        !body_text(b, "prompt", &text) || !body_text(b, "content", &text))
        return false;
    if (!text) return refuse(b->why, REFUSAL_MISSING, "content", "content should be given");
    symbols_put_text(&l, r->model, json_string_value(text), json_string_length(text), names);
    r->echo = true; // all of it, however long
    if (!prompt_add_symbols(r, &l, b->why)) return false;
    if (special) r->prompts[0].own = 0;
    return true;
}

static bool read_detokenize(request *r, const body *b) {
    const json_t *tokens = body_get(b, "tokens");
    symbol_list l = {0};
    if (!tokens) return refuse(b->why, REFUSAL_MISSING, "tokens", "tokens should be given");
    if (!json_is_array(tokens)) return body_wrong(b, "tokens", "an array of token ids");
    r->echo = true;
    if (prompt_tokens(b, "tokens", r->model, tokens, &l)) return prompt_add_symbols(r, &l, b->why);
    symbols_free(&l);
    return false;
}

bool llama_read(request *r, const body *b) {
    if (r->route == ROUTE_TOKENIZE) return read_tokenize(r, b);
    if (r->route == ROUTE_DETOKENIZE) return read_detokenize(r, b);
    if (!read_options(r, b)) return false;
    return r->route == ROUTE_INFILL ? read_infill(r, b) : prompts_read(b, "prompt", r);
}
