// What the server says of itself: /props, /slots, /health, /metrics.
#include "server/catalog_body.h"

#include "base/decimal.h"
#include "server/dialects/forms.h"

#include <inttypes.h>
#include <math.h>

// The form of conversations, one turn of it.
static void put_chat_form(json_out *j, const chat_template *form) {
    buf text = {0};
    buf_format(&text, "%s%s{question}%s{answer}%s", form->system, form->user, form->assistant,
               form->end);
    json_out_bytes(j, "chat_template", buf_string(&text), text.size);
    if (!buf_ok(&text)) j->to->failed = true;
    buf_free(&text);
}

bool props_body(const server_state *s, buf *out) {
    const generation_settings *g = s->model->settings;
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_object(&j, "default_generation_settings");
    json_out_count(&j, "n_ctx", s->model->context);
    json_out_object(&j, "params");
    json_out_number(&j, "temperature", g->do_sample ? g->temperature : 0);
    json_out_count(&j, "top_k", g->top_k);
    json_out_number(&j, "top_p", g->top_p);
    json_out_number(&j, "min_p", g->min_p);
    json_out_number(&j, "repeat_penalty", g->repetition_penalty);
    json_out_end(&j);
    json_out_end(&j);
    json_out_count(&j, "total_slots", s->slot_count);
    json_out_text(&j, "model_alias", s->model->name);
    json_out_text(&j, "model_path", s->model->path);
    put_chat_form(&j, &g->chat);
    json_out_object(&j, "modalities");
    json_out_bool(&j, "vision", false);
    json_out_bool(&j, "audio", false);
    json_out_end(&j);
    json_out_text(&j, "build_info", s->version);
    json_out_end(&j);
    return buf_ok(out);
}

static void put_slot(json_out *j, const server_state *s, size_t i) {
    const slot_facts *slot = &s->slots[i];
    json_out_flat_object(j, NULL);
    json_out_count(j, "id", i);
    json_out_count(j, "id_task", slot->task);
    json_out_count(j, "n_ctx", s->model->context);
    json_out_bool(j, "is_processing", slot->busy);
    json_out_count(j, "n_prompt_tokens", slot->prompt);
    json_out_object(j, "next_token");
    json_out_bool(j, "has_next_token", slot->left > 0);
    json_out_count(j, "n_decoded", slot->written);
    json_out_count(j, "n_remain", slot->left);
    json_out_end(j);
    json_out_end(j);
}

bool slots_body(const server_state *s, buf *out) {
    json_out j = {.to = out};
    json_out_array(&j, NULL);
    for (size_t i = 0; i < s->slot_count; i++) put_slot(&j, s, i);
    json_out_end(&j);
    return buf_ok(out);
}

bool health_body(bool ready, buf *out) {
    if (ready) return buf_text(out, "{\"status\": \"ok\"}\n");
    refusal why = {0};
    refuse(&why, REFUSAL_LOADING, NULL, "Loading model");
    return refusal_body(&why, DIALECT_LLAMA, out);
}

// ---- metrics ----

// Seconds up to which a bucket counts, the smaller ones included: a byte is written in less than a
// millisecond, a long answer in a minute.
static const double bounds[METRIC_BUCKETS] = {0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01,
                                              0.03,   0.1,    0.3,    1,     3,     10,    60};

void histogram_put(histogram *h, double seconds) {
    size_t bucket = 0;
    while (bucket < METRIC_BUCKETS && !(seconds <= bounds[bucket])) bucket++;
    h->counts[bucket]++;
    if (isfinite(seconds)) h->sum += seconds;
}

static void put_help(buf *out, const char *name, const char *type, const char *help) {
    buf_format(out, "# HELP axl_%s %s\n# TYPE axl_%s %s\n", name, help, name, type);
}

static void put_value(buf *out, const char *name, double value) {
    buf_format(out, "axl_%s ", name);
    decimal_put(out, isfinite(value) ? value : 0);
    buf_byte(out, '\n');
}

static void put_metric(buf *out, const char *name, const char *type, const char *help,
                       double value) {
    put_help(out, name, type, help);
    put_value(out, name, value);
}

static void put_histogram(buf *out, const char *name, const char *help, const histogram *h) {
    uint64_t count = 0;
    put_help(out, name, "histogram", help);
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        count += h->counts[i];
        buf_format(out, "axl_%s_bucket{le=\"", name);
        decimal_put(out, bounds[i]);
        buf_format(out, "\"} %" PRIu64 "\n", count);
    }
    count += h->counts[METRIC_BUCKETS];
    buf_format(out, "axl_%s_bucket{le=\"+Inf\"} %" PRIu64 "\naxl_%s_sum ", name, count, name);
    decimal_put(out, h->sum);
    buf_format(out, "\naxl_%s_count %" PRIu64 "\n", name, count);
}

static double per_second(double count, double seconds) {
    return seconds > 0 ? count / seconds : 0;
}

static void put_work(const server_metrics *m, buf *out) {
    put_metric(out, "prompt_tokens_total", "counter", "Bytes of prompts that were read.",
               (double)m->prompt_bytes);
    put_metric(out, "prompt_seconds_total", "counter", "Time that this took.", m->prompt_seconds);
    put_metric(out, "tokens_predicted_total", "counter", "Bytes that were written.",
               (double)m->written_bytes);
    put_metric(out, "tokens_predicted_seconds_total", "counter", "Time that this took.",
               m->written_seconds);
    put_metric(out, "prompt_tokens_seconds", "gauge", "Bytes of prompts in a second.",
               per_second((double)m->prompt_bytes, m->prompt_seconds));
    put_metric(out, "predicted_tokens_seconds", "gauge", "Bytes written in a second.",
               per_second((double)m->written_bytes, m->written_seconds));
    put_metric(out, "decode_total", "counter", "Passes of the model.", (double)m->passes);
    put_metric(out, "busy_slots_per_decode", "gauge", "Sequences in a pass, on average.",
               per_second((double)m->busy_slots, (double)m->passes));
    put_metric(out, "requests_processing", "gauge", "Requests being worked on.",
               (double)m->running);
    put_metric(out, "requests_deferred", "gauge", "Requests waiting.", (double)m->waiting);
    put_metric(out, "prefix_cache_queries_total", "counter", "Bytes of prompts that came.",
               (double)m->cache_queries);
    put_metric(out, "prefix_cache_hits_total", "counter", "Bytes of them that were known already.",
               (double)m->cache_hits);
    put_metric(out, "prefix_ahead_total", "counter", "Bytes that were read before they came.",
               (double)m->ahead_bytes);
    put_metric(out, "kv_cache_usage", "gauge", "Share of the memory for prompts that is in use.",
               m->cache_usage);
}

bool metrics_body(const server_metrics *m, buf *out) {
    put_work(m, out);
    put_help(out, "request_success_total", "counter", "Requests that were answered.");
    for (size_t i = 0; i <= GENERATION_TIME; i++)
        buf_format(out, "axl_request_success_total{finished_reason=\"%s\"} %" PRIu64 "\n",
                   i == 0 ? "abort" : generation_end_name((generation_end)i), m->ended[i]);
    put_help(out, "request_refused_total", "counter", "Requests that were refused.");
    for (unsigned i = 400; i < sizeof m->refused / sizeof *m->refused; i++)
        if (m->refused[i] > 0)
            buf_format(out, "axl_request_refused_total{code=\"%u\"} %" PRIu64 "\n", i,
                       m->refused[i]);
    put_histogram(out, "time_to_first_token_seconds", "From a request to its first byte.",
                  &m->first_byte);
    put_histogram(out, "inter_token_latency_seconds", "From a byte to the next.",
                  &m->between_bytes);
    put_histogram(out, "e2e_request_latency_seconds", "From a request to its end.", &m->request);
    return buf_ok(out);
}
