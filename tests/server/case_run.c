// What the transcripts' server has, and what it makes of a case.
#include "case_file.h"

#include "server/dialects/dialect.h"
#include "server/dialects/symbols.h"
#include "support/unit.h"

#include <string.h>

static const generation_settings settings = {
    .max_new_tokens = 32,
    .temperature = 0.8,
    .top_p = 0.95,
    .min_p = 0,
    .repetition_penalty = 1,
    .top_k = 40,
    .do_sample = true,
    .chat = {.system = "", .user = "User: ", .assistant = "\nAssistant:", .end = "\n"},
};

static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const model_facts models[] = {
    {.name = "axl-micro",
     .path = "models/axl-micro",
     .quantization = "Q4_K_M",
     .digest = digest,
     .settings = &settings,
     .vocab = 264,
     .context = 64,
     .channels = 4,
     .infill = true,
     .params = 12802816,
     .file_bytes = 8123456,
     .modified = 1767225600,
     .loaded_bytes = 9000000},
    {.name = "plain",
     .path = "models/plain",
     .quantization = "F32",
     .digest = digest,
     .settings = &settings,
     .vocab = 258,
     .context = 64,
     .channels = 4,
     .params = 999960,
     .file_bytes = 4000000,
     .modified = 951782400},
};

const catalog case_catalog = {
    .list = models,
    .count = 2,
    .limits = {.standard_bytes = 16,
               .most_bytes = 4096,
               .prompt_bytes = 4096,
               .told_bytes = 6000,
               .choices = 8},
};

static void put_symbols(const uint16_t *symbols, size_t count, buf *out) {
    for (size_t i = 0; i < count; i++) {
        const char *name = symbol_name(symbols[i]);
        const bool plain = symbols[i] >= 0x20 && symbols[i] < 0x7f && symbols[i] != '\\';
        if (name) buf_text(out, name);
        if (!name && plain) buf_byte(out, (uint8_t)symbols[i]);
        if (!name && !plain) buf_format(out, "\\x%02x", (unsigned)symbols[i]);
    }
}

static void put_list(const char *name, const void *bytes, size_t size, buf *out) {
    buf_format(out, " %s=", name);
    for (size_t i = 0; i < size; i++) {
        const uint16_t symbol = ((const uint8_t *)bytes)[i];
        put_symbols(&symbol, 1, out);
    }
}

static void dump_settings(const request *r, buf *out) {
    const chooser *c = &r->chooser;
    buf_format(out,
               "temperature %g top_k %zu top_p %g min_p %g repeat %g/%zu presence %g frequency %g",
               c->temperature, c->top_k, c->top_p, c->min_p, c->repeat, c->repeat_last, c->presence,
               c->frequency);
    for (size_t i = 0; i < c->bias_count; i++)
        buf_format(out, " bias %u%+g", (unsigned)c->bias[i].symbol, c->bias[i].bias);
    buf_text(out, "\n");
}

static void dump_wishes(const request *r, buf *out) {
    static const char *const loads[] = {"", " load", " unload"};
    buf_format(out, "bytes %llu choices %zu/%zu", (unsigned long long)r->most_bytes, r->choices,
               r->candidates);
    if (r->seeded) buf_format(out, " seed %llu", (unsigned long long)r->seed);
    if (r->write_ms) buf_format(out, " ms %llu", (unsigned long long)r->write_ms);
    if (r->echo) buf_text(out, " echo");
    if (r->probabilities) buf_format(out, " probabilities %zu", r->chooser.top);
    if (r->gates) buf_text(out, " gates");
    if (r->stream) buf_text(out, r->stream_usage ? " stream+usage" : " stream");
    if (r->chooser.ignore_eos) buf_text(out, " ignore_eos");
    if (!r->cache) buf_text(out, " no_cache");
    if (r->pieces) buf_text(out, " pieces");
    if (r->dimensions) buf_format(out, " dimensions %zu", r->dimensions);
    if (r->vectors == VECTORS_BASE64) buf_text(out, " base64");
    buf_text(out, loads[r->load]);
    for (size_t i = 0; i < r->field_count; i++)
        put_list("field", r->fields[i], strlen(r->fields[i]), out);
    for (size_t i = 0; i < r->stop_count; i++)
        put_list("stop", r->stop[i].bytes, r->stop[i].size, out);
    buf_text(out, "\n");
}

void case_dump(const request *r, buf *out) {
    buf_format(out, "model %s\n", r->model->name);
    dump_settings(r, out);
    dump_wishes(r, out);
    for (size_t i = 0; i < r->prompt_count; i++) {
        const request_prompt *p = &r->prompts[i];
        buf_format(out, "prompt %zu own %zu cut %zu: ", p->count, p->own, p->cut);
        put_symbols(p->symbols, p->count, out);
        buf_text(out, "\n");
    }
    if (r->notes.size > 0) buf_format(out, "notes: %s", buf_string(&r->notes));
}

// ---- routes without a body ----

static void put_metrics(buf *out) {
    server_metrics m = {.prompt_bytes = 1000,
                        .written_bytes = 500,
                        .prompt_seconds = 0.5,
                        .written_seconds = 2,
                        .passes = 400,
                        .busy_slots = 800,
                        .running = 2,
                        .waiting = 1,
                        .ended = {1, 2, 3, 4, 5},
                        .cache_queries = 1200,
                        .cache_hits = 200,
                        .ahead_bytes = 96,
                        .cache_usage = 0.25};
    m.refused[400] = 7;
    m.refused[503] = 1;
    histogram_put(&m.first_byte, 0.004);
    histogram_put(&m.first_byte, 0.005);
    histogram_put(&m.first_byte, 1000);
    metrics_body(&m, out);
}

static void run_get(const dialect_case *c, buf *out) {
    const answer_head head = {.seconds = 1767225600, .nanoseconds = 5};
    const slot_facts slots[] = {{.busy = true, .task = 3, .prompt = 9, .written = 2, .left = 14},
                                {0}};
    const server_state state = {models, slots, 2, "axl 1.2.3"};
    switch (route_find(c->path)) {
    case ROUTE_MODELS:
        models_body(&case_catalog, out);
        break;
    case ROUTE_TOKENIZER_INFO:
        tokenizer_info_body(models, out);
        break;
    case ROUTE_PROPS:
        props_body(&state, out);
        break;
    case ROUTE_SLOTS:
        slots_body(&state, out);
        break;
    case ROUTE_HEALTH:
        health_body(true, out);
        break;
    case ROUTE_READY:
        health_body(false, out);
        break;
    case ROUTE_METRICS:
        put_metrics(out);
        break;
    case ROUTE_OLLAMA_TAGS:
        tags_body(&case_catalog, out);
        break;
    case ROUTE_OLLAMA_PS:
        ps_body(&case_catalog, &head, out);
        break;
    case ROUTE_OLLAMA_VERSION:
        version_body("1.2.3", out);
        break;
    case ROUTE_MODEL: {
        const model_facts *m = catalog_find(&case_catalog, route_model(c->path));
        if (m) model_body(m, out);
        if (!m) buf_text(out, "no such model\n");
        break;
    }
    default:
        buf_text(out, "no such route\n");
        break;
    }
}

static void run_post(const dialect_case *c, buf *out) {
    const request_source from = {route_find(c->path), buf_string(&c->body), c->body.size};
    request r;
    refusal why;
    if (from.route == ROUTE_NONE || strcmp(route_method(from.route), "POST") != 0) {
        why = (refusal){0};
        refuse(&why, REFUSAL_ROUTE, NULL, "there is no %s", c->path);
        buf_format(out, "%d ", refusal_http(&why));
        assert_true(refusal_body(&why, path_dialect(c->path), out));
        return;
    }
    if (!request_read(&r, &from, &case_catalog, &why)) {
        buf_format(out, "%d ", refusal_http(&why));
        assert_true(refusal_body(&why, route_dialect(from.route), out));
        return;
    }
    case_dump(&r, out);
    case_events(&r, buf_string(&c->events), out);
    request_free(&r);
}

// Every line of the answer begins with "<", so that what it holds cannot be taken for a case.
void case_run(const dialect_case *c, buf *out) {
    buf text = {0};
    if (strcmp(c->method, "GET") == 0) {
        run_get(c, &text);
    } else {
        run_post(c, &text);
    }
    assert_true(buf_ok(&text));
    for (const char *line = buf_string(&text); *line;) {
        const size_t size = strcspn(line, "\n");
        buf_byte(out, '<');
        if (size > 0) buf_byte(out, ' ');
        buf_append(out, line, size);
        buf_byte(out, '\n');
        line += size + (line[size] == '\n');
    }
    buf_free(&text);
}
