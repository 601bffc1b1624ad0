#include "server/dialects/fields.h"

#include "base/alloc.h"
#include "base/sizes.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define REPEAT_LAST 64 // symbols that penalties look back over, as in llama.cpp

#define AT(member) offsetof(request, member)
#define WHOLE_MAX 9007199254740992.0 // 2^53

static const field openai_rows[] = {
    {"max_tokens", FIELD_LIMIT, -1, WHOLE_MAX, AT(most_bytes)},
    {"max_completion_tokens", FIELD_LIMIT, -1, WHOLE_MAX, AT(most_bytes)},
    {"temperature", FIELD_REAL, 0, 2, AT(chooser.temperature)},
    {"top_p", FIELD_REAL, 0, 1, AT(chooser.top_p)},
    {"presence_penalty", FIELD_REAL, -2, 2, AT(chooser.presence)},
    {"frequency_penalty", FIELD_REAL, -2, 2, AT(chooser.frequency)},
    {"n", FIELD_SIZE, 1, 128, AT(choices)},
    {"best_of", FIELD_SIZE, 0, 128, AT(candidates)},
    {"stream", FIELD_SWITCH, 0, 1, AT(stream)},
    {"top_k", FIELD_ALL, -1, WHOLE_MAX, AT(chooser.top_k)},
    {"min_p", FIELD_REAL, 0, 1, AT(chooser.min_p)},
    {"repeat_penalty", FIELD_REAL, 0.01, 100, AT(chooser.repeat)},
    {"repetition_penalty", FIELD_REAL, 0.01, 100, AT(chooser.repeat)},
    {"repeat_last_n", FIELD_WINDOW, -1, WHOLE_MAX, AT(chooser.repeat_last)},
    {"ignore_eos", FIELD_SWITCH, 0, 1, AT(chooser.ignore_eos)},
    {"cache_prompt", FIELD_SWITCH, 0, 1, AT(cache)},
    {"t_max_predict_ms", FIELD_LIMIT, -1, WHOLE_MAX, AT(write_ms)},
};

static const field llama_rows[] = {
    {"n_predict", FIELD_LIMIT, -1, WHOLE_MAX, AT(most_bytes)},
    {"max_tokens", FIELD_LIMIT, -1, WHOLE_MAX, AT(most_bytes)},
    {"temperature", FIELD_REAL, -1, 100, AT(chooser.temperature)},
    {"top_k", FIELD_ALL, -1, WHOLE_MAX, AT(chooser.top_k)},
    {"top_p", FIELD_REAL, 0, 1, AT(chooser.top_p)},
    {"min_p", FIELD_REAL, 0, 1, AT(chooser.min_p)},
    {"repeat_penalty", FIELD_REAL, 0.01, 100, AT(chooser.repeat)},
    {"repeat_last_n", FIELD_WINDOW, -1, WHOLE_MAX, AT(chooser.repeat_last)},
    {"presence_penalty", FIELD_REAL, -100, 100, AT(chooser.presence)},
    {"frequency_penalty", FIELD_REAL, -100, 100, AT(chooser.frequency)},
    {"n_probs", FIELD_SIZE, 0, CHOOSER_TOP_MAX, AT(chooser.top)},
    {"stream", FIELD_SWITCH, 0, 1, AT(stream)},
    {"ignore_eos", FIELD_SWITCH, 0, 1, AT(chooser.ignore_eos)},
    {"cache_prompt", FIELD_SWITCH, 0, 1, AT(cache)},
    {"t_max_predict_ms", FIELD_LIMIT, -1, WHOLE_MAX, AT(write_ms)},
};

static const field ollama_rows[] = {
    {"num_predict", FIELD_LIMIT, -2, WHOLE_MAX, AT(most_bytes)},
    {"temperature", FIELD_REAL, 0, 100, AT(chooser.temperature)},
    {"top_k", FIELD_ALL, -1, WHOLE_MAX, AT(chooser.top_k)},
    {"top_p", FIELD_REAL, 0, 1, AT(chooser.top_p)},
    {"min_p", FIELD_REAL, 0, 1, AT(chooser.min_p)},
    {"repeat_penalty", FIELD_REAL, 0.01, 100, AT(chooser.repeat)},
    {"repeat_last_n", FIELD_WINDOW, -1, WHOLE_MAX, AT(chooser.repeat_last)},
    {"presence_penalty", FIELD_REAL, -100, 100, AT(chooser.presence)},
    {"frequency_penalty", FIELD_REAL, -100, 100, AT(chooser.frequency)},
};

#define LIST(rows) ((field_list){rows, sizeof(rows) / sizeof *(rows)})

field_list fields_openai(void) {
    return LIST(openai_rows);
}

field_list fields_llama(void) {
    return LIST(llama_rows);
}

field_list fields_ollama(void) {
    return LIST(ollama_rows);
}

static bool refuse_range(const field *f, const body *b, double value) {
    return refuse(b->why, REFUSAL_VALUE, f->name, "%s is %.16g, should be %.16g to %.16g", f->name,
                  value, f->least, f->most);
}

static bool read_real(const field *f, const body *b, const json_t *value, double *out) {
    if (!json_is_number(value)) return body_wrong(b, f->name, "a number");
    const double number = json_number_value(value);
    if (!(number >= f->least && number <= f->most)) return refuse_range(f, b, number);
    *out = number;
    return true;
}

static bool read_whole(const field *f, const body *b, const json_t *value, request *r) {
    json_int_t whole = 0;
    if (!json_whole(value, &whole)) return body_wrong(b, f->name, "a whole number");
    if (!((double)whole >= f->least && (double)whole <= f->most))
        return refuse_range(f, b, (double)whole);
    char *to = (char *)r + f->offset;
    const bool below = whole < 0;
    const uint64_t count = below ? 0 : (uint64_t)whole;
    if (f->kind == FIELD_LIMIT) *(uint64_t *)to = below ? UINT64_MAX : count;
    if (f->kind == FIELD_SIZE || f->kind == FIELD_ALL) *(size_t *)to = (size_t)count;
    if (f->kind == FIELD_WINDOW) *(size_t *)to = below ? SIZE_MAX : (size_t)count;
    return true;
}

static bool read_field(const field *f, const body *b, request *r) {
    const json_t *value = body_get(b, f->name);
    if (!value) return true;
    char *to = (char *)r + f->offset;
    if (f->kind == FIELD_SWITCH) return body_bool(b, f->name, (bool *)to);
    if (f->kind == FIELD_REAL) return read_real(f, b, value, (double *)to);
    return read_whole(f, b, value, r);
}

bool fields_read(field_list list, const body *b, request *r) {
    for (size_t i = 0; i < list.count; i++)
        if (!read_field(&list.rows[i], b, r)) return false;
    return true;
}

void fields_standard(request *r, const catalog *c) {
    const generation_settings *s = r->model->settings;
    r->chooser = (chooser){.temperature = s->do_sample ? s->temperature : 0,
                           .top_k = (size_t)s->top_k,
                           .top_p = s->top_p,
                           .min_p = s->min_p,
                           .repeat = s->repetition_penalty,
                           .repeat_last = REPEAT_LAST};
    r->most_bytes = c->limits.standard_bytes;
    r->choices = 1;
    r->cache = true;
}

bool fields_settle(request *r, const catalog *c, refusal *why) {
    if (r->most_bytes > c->limits.most_bytes) r->most_bytes = c->limits.most_bytes;
    if (r->write_ms == UINT64_MAX) r->write_ms = 0;
    // A share of 0 keeps the most probable symbol, as the smallest one that is not 0 does.
    if (r->chooser.top_p <= 0) r->chooser.top_p = DBL_MIN;
    if (r->chooser.temperature < 0) r->chooser.temperature = 0;
    if (r->candidates == 0) r->candidates = r->choices;
    if (r->candidates < r->choices)
        return refuse(why, REFUSAL_VALUE, "best_of", "best_of is %zu, should be at least n, %zu",
                      r->candidates, r->choices);
    if (r->candidates > r->choices && r->stream)
        return refuse(why, REFUSAL_VALUE, "best_of", "best_of beyond n cannot be streamed");
    size_t texts = 0;
    if (!size_mul(r->prompt_count, r->candidates, &texts) || texts > c->limits.choices)
        return refuse(why, REFUSAL_VALUE, r->candidates > r->choices ? "best_of" : "n",
                      "%zu prompts of %zu texts each, at most %zu together", r->prompt_count,
                      r->candidates, c->limits.choices);
    return true;
}

// ---- stop strings ----

bool request_stop(request *r, const void *bytes, size_t size, refusal *why) {
    if (size == 0) return true;
    if (r->stop_count == STOP_COUNT_MAX)
        return refuse(why, REFUSAL_VALUE, "stop", "more than %zu stop strings", STOP_COUNT_MAX);
    if (size > STOP_BYTES_MAX)
        return refuse(why, REFUSAL_VALUE, "stop", "a stop string of %zu bytes, at most %zu", size,
                      STOP_BYTES_MAX);
    if (!r->stop) r->stop = mem_alloc_array(STOP_COUNT_MAX, sizeof *r->stop);
    void *copy = r->stop ? mem_alloc(size) : NULL;
    if (!copy) return refuse_memory(why);
    memcpy(copy, bytes, size);
    r->stop[r->stop_count++] = (stop_string){copy, size};
    return true;
}

static bool add_stop(const body *b, request *r, const json_t *value) {
    if (!json_is_string(value)) return body_wrong(b, "stop", "a string or an array of strings");
    return request_stop(r, json_string_value(value), json_string_length(value), b->why);
}

bool fields_stop(const body *b, request *r) {
    const json_t *value = body_get(b, "stop");
    if (!value) return true;
    if (!json_is_array(value)) return add_stop(b, r, value);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!add_stop(b, r, json_array_get(value, i))) return false;
    return true;
}

// ---- bias ----

static bool put_bias(const body *b, request *r, json_int_t symbol, const json_t *value) {
    const bool ban = json_is_false(value);
    if (!ban && !json_is_number(value))
        return body_wrong(b, "logit_bias", "numbers of -100 to 100, or false");
    const double bias = ban ? -INFINITY : json_number_value(value);
    if (!ban && !(fabs(bias) <= 100))
        return refuse(b->why, REFUSAL_VALUE, "logit_bias",
                      "a logit_bias of %.16g, should be -100 to 100", bias);
    if (symbol < 0 || (uint64_t)symbol >= r->model->vocab)
        return refuse(b->why, REFUSAL_VALUE, "logit_bias",
                      "logit_bias names the token %lld, the model has 0 to %zu", (long long)symbol,
                      r->model->vocab - 1);
    const size_t count = r->chooser.bias_count;
    chooser_bias *list = (chooser_bias *)r->chooser.bias;
    if (count % 64 == 0) {
        list = mem_resize_array(list, count + 64, sizeof *list);
        if (!list) return refuse_memory(b->why);
        r->chooser.bias = list;
    }
    list[count] = (chooser_bias){(uint16_t)symbol, bias};
    r->chooser.bias_count++;
    return true;
}

// A key of digits is a token, any other one the bytes of a text.
static bool put_bias_key(const body *b, request *r, const json_t *key, const json_t *value) {
    json_int_t symbol = 0;
    if (json_whole(key, &symbol)) return put_bias(b, r, symbol, value);
    if (!json_is_string(key)) return body_wrong(b, "logit_bias", "pairs of a token and a number");
    const char *text = json_string_value(key);
    const size_t size = json_string_length(key);
    if (size > 0 && size < 10 && strspn(text, "0123456789") == size) {
        for (size_t i = 0; i < size; i++) symbol = 10 * symbol + (text[i] - '0');
        return put_bias(b, r, symbol, value);
    }
    for (size_t i = 0; i < size; i++)
        if (!put_bias(b, r, (uint8_t)text[i], value)) return false;
    return true;
}

static bool put_bias_object(const body *b, request *r, const json_t *value) {
    const char *name;
    json_t *bias;
    json_object_foreach((json_t *)value, name, bias) {
        json_t *key = json_string(name);
        const bool ok = key ? put_bias_key(b, r, key, bias) : refuse_memory(b->why);
        json_decref(key);
        if (!ok) return false;
    }
    return true;
}

bool fields_bias(const body *b, request *r) {
    const json_t *value = body_get(b, "logit_bias");
    if (!value) return true;
    if (json_is_object(value)) return put_bias_object(b, r, value);
    if (!json_is_array(value)) return body_wrong(b, "logit_bias", "an object or an array of pairs");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *pair = json_array_get(value, i);
        if (json_array_size(pair) != 2)
            return body_wrong(b, "logit_bias", "pairs of a token and a number");
        if (!put_bias_key(b, r, json_array_get(pair, 0), json_array_get(pair, 1))) return false;
    }
    return true;
}

// ---- the rest ----

bool fields_seed(const body *b, request *r, bool any) {
    const json_t *value = body_get(b, "seed");
    json_int_t seed = 0;
    if (!value) return true;
    if (!json_whole(value, &seed)) return body_wrong(b, "seed", "a whole number of 64 bits");
    if (any && (seed < 0 || seed == (json_int_t)UINT32_MAX)) return true;
    r->seeded = true;
    r->seed = (uint64_t)seed;
    return true;
}

// "", {}, [] and {"type": "text"} ask for nothing.
static bool asks_nothing(const json_t *value) {
    if (json_is_false(value)) return true;
    if (json_is_string(value)) return json_string_length(value) == 0;
    const char *type = json_string_value(json_object_get(value, "type"));
    if (type && strcmp(type, "text") == 0) return true;
    return (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

bool fields_refuse(const body *b, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const json_t *value = body_get(b, names[i]);
        if (value && !asks_nothing(value))
            return refuse(b->why, REFUSAL_UNSUPPORTED, names[i], "%s is not supported here",
                          names[i]);
    }
    return true;
}
