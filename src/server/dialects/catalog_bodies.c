// Answers about models, for clients of OpenAI's and of Ollama's.
#include "server/catalog_body.h"

#include "server/dialects/forms.h"
#include "server/dialects/symbols.h"

#include <math.h>

static void put_model(json_out *j, const model_facts *m) {
    json_out_text(j, "id", m->name);
    json_out_text(j, "object", "model");
    json_out_count(j, "created", m->modified);
    json_out_text(j, "owned_by", "axl");
    json_out_object(j, "meta");
    json_out_count(j, "n_vocab", m->vocab);
    json_out_count(j, "n_ctx_train", m->context);
    json_out_count(j, "n_embd", m->channels);
    json_out_count(j, "n_params", m->params);
    json_out_count(j, "size", m->file_bytes);
    json_out_bool(j, "infill", m->infill);
    json_out_end(j);
}

bool model_body(const model_facts *m, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    put_model(&j, m);
    json_out_end(&j);
    return buf_ok(out);
}

bool models_body(const catalog *c, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_text(&j, "object", "list");
    json_out_array(&j, "data");
    for (size_t i = 0; i < c->count; i++) {
        json_out_object(&j, NULL);
        put_model(&j, &c->list[i]);
        json_out_end(&j);
    }
    json_out_end(&j);
    json_out_end(&j);
    return buf_ok(out);
}

// ---- Ollama ----

// "12.8M"
static void put_parameter_size(json_out *j, uint64_t params) {
    static const char units[] = {'K', 'M', 'B'};
    double value = (double)params / 1e3;
    size_t unit = 0;
    while (value >= 999.95 && unit + 1 < sizeof units) {
        value /= 1e3;
        unit++;
    }
    const unsigned tenths = (unsigned)lround(10 * value);
    buf text = {0};
    buf_format(&text, "%u.%u%c", tenths / 10, tenths % 10, units[unit]);
    json_out_bytes(j, "parameter_size", buf_string(&text), text.size);
    if (!buf_ok(&text)) j->to->failed = true;
    buf_free(&text);
}

static void put_details(json_out *j, const model_facts *m) {
    json_out_object(j, "details");
    json_out_text(j, "parent_model", "");
    json_out_text(j, "format", "gguf");
    json_out_text(j, "family", "axl");
    json_out_array(j, "families");
    json_out_text(j, NULL, "axl");
    json_out_end(j);
    put_parameter_size(j, m->params);
    json_out_text(j, "quantization_level", m->quantization);
    json_out_end(j);
}

static void put_tag(json_out *j, const model_facts *m) {
    json_out_text(j, "name", m->name);
    json_out_text(j, "model", m->name);
    json_out_count(j, "size", m->file_bytes);
    json_out_text(j, "digest", m->digest);
    put_details(j, m);
}

bool tags_body(const catalog *c, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_array(&j, "models");
    for (size_t i = 0; i < c->count; i++) {
        json_out_object(&j, NULL);
        put_tag(&j, &c->list[i]);
        put_time(&j, "modified_at", c->list[i].modified, 0);
        json_out_end(&j);
    }
    json_out_end(&j);
    json_out_end(&j);
    return buf_ok(out);
}

bool ps_body(const catalog *c, const answer_head *h, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_array(&j, "models");
    for (size_t i = 0; i < c->count; i++) {
        const model_facts *m = &c->list[i];
        if (m->loaded_bytes == 0) continue;
        json_out_object(&j, NULL);
        put_tag(&j, m);
        // Models stay until they are told to go: in a year, for those that want to know.
        put_time(&j, "expires_at", h->seconds + 365u * 86400u, h->nanoseconds);
        json_out_count(&j, "size_vram", 0);
        json_out_count(&j, "context_length", m->context);
        json_out_end(&j);
    }
    json_out_end(&j);
    json_out_end(&j);
    return buf_ok(out);
}

// Continue takes the number after num_ctx and the texts after stop, and fills gaps where the
// template has a .Suffix.
static void put_modelfile(json_out *j, const model_facts *m) {
    const char *const template =
        m->infill
            ? "{{- if .Suffix }}<fim_prefix>{{ .Prompt }}<fim_suffix>{{ .Suffix }}<fim_middle>"
              "{{ else }}{{ .Prompt }}{{ end }}"
            : "{{ .Prompt }}";
    buf text = {0}, file = {0};
    buf_format(&text, "num_ctx %zu\nstop \"%s\"", m->context, symbol_name(MODEL_EOS));
    buf_format(&file, "FROM %s\nTEMPLATE \"\"\"%s\"\"\"\nPARAMETER num_ctx %zu\n", m->path,
               template, m->context);
    json_out_bytes(j, "modelfile", buf_string(&file), file.size);
    json_out_bytes(j, "parameters", buf_string(&text), text.size);
    json_out_text(j, "template", template);
    if (!buf_ok(&text) || !buf_ok(&file)) j->to->failed = true;
    buf_free(&text);
    buf_free(&file);
}

bool show_body(const model_facts *m, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    put_modelfile(&j, m);
    put_details(&j, m);
    json_out_object(&j, "model_info");
    json_out_text(&j, "general.architecture", "axl");
    json_out_count(&j, "general.parameter_count", m->params);
    json_out_count(&j, "axl.context_length", m->context);
    json_out_count(&j, "axl.embedding_length", m->channels);
    json_out_count(&j, "axl.vocab_size", m->vocab);
    json_out_end(&j);
    json_out_array(&j, "capabilities");
    json_out_text(&j, NULL, "completion");
    if (m->infill) json_out_text(&j, NULL, "insert");
    json_out_text(&j, NULL, "embedding");
    json_out_end(&j);
    put_time(&j, "modified_at", m->modified, 0);
    json_out_end(&j);
    return buf_ok(out);
}

bool version_body(const char *version, buf *out) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_text(&j, "version", version);
    json_out_end(&j);
    return buf_ok(out);
}
