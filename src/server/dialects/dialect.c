#include "server/dialects/dialect.h"

#include "server/dialects/fields.h"
#include "server/dialects/prompts.h"

#include <inttypes.h>

bool request_model(request *r, const body *b, const catalog *c) {
    const json_t *name = NULL;
    if (!body_text(b, "name", &name) || !body_text(b, "model", &name)) return false;
    if (c->count == 0) return refuse(b->why, REFUSAL_LOADING, "model", "the server has no model");
    const char *wanted = json_string_value(name);
    r->model = wanted && wanted[0] ? catalog_find(c, wanted) : &c->list[0];
    return r->model ||
           refuse(b->why, REFUSAL_MODEL, "model", "the model '%s' does not exist", wanted);
}

static bool check_prompts(const request *r, const catalog *c, refusal *why) {
    size_t symbols = 0;
    for (size_t i = 0; i < r->prompt_count; i++) symbols += r->prompts[i].count - 1;
    if (symbols > c->limits.prompt_bytes)
        return refuse(why, REFUSAL_LARGE, "prompt", "prompts of %zu bytes, at most %zu", symbols,
                      c->limits.prompt_bytes);
    // What is told of each byte takes hundreds of bytes of memory, and of the answer.
    uint64_t told = (uint64_t)r->prompt_count * r->candidates * r->most_bytes;
    if (r->echo) told += symbols;
    if (!r->probabilities || told <= c->limits.told_bytes) return true;
    return refuse(why, REFUSAL_LARGE, "logprobs",
                  "probabilities of %" PRIu64 " bytes, at most %" PRIu64, told,
                  c->limits.told_bytes);
}

static bool read_fields(request *r, const body *b, const catalog *c) {
    if (!request_model(r, b, c)) return false;
    fields_standard(r, c);
    bool ok = false;
    switch (route_dialect(r->route)) {
    case DIALECT_OPENAI:
        ok = openai_read(r, b);
        break;
    case DIALECT_LLAMA:
        ok = llama_read(r, b);
        break;
    case DIALECT_OLLAMA:
        ok = ollama_read(r, b);
        break;
    }
    return ok && fields_settle(r, c, b->why) && check_prompts(r, c, b->why) &&
           prompts_note(r, b->why);
}

bool request_read(request *r, const request_source *from, const catalog *c, refusal *why) {
    body b;
    *why = (refusal){0};
    *r = (request){.route = from->route};
    if (!body_read(&b, from->body, from->size, why)) return false;
    const bool ok = read_fields(r, &b, c);
    body_free(&b);
    if (!ok) request_free(r);
    return ok;
}
