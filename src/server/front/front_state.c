// Answers about the server and its models, which no request takes part in.
#include "server/front/front_parts.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <inttypes.h>

static void send_json(const front_call *c, buf *body) {
    front_send(c, 200, "application/json", body);
}

static void lack_memory(const front_call *c) {
    refusal why = {0};
    refuse_memory(&why);
    front_refuse(c, &why);
}

// ---- models ----

// Ollama's clients show the beginning of every digest, so that all must be known.
typedef struct waiting {
    front_call call;
    route route;
} waiting;

static void send_list(const front_call *c, route asked) {
    const uint64_t now = os_wall_ns();
    const answer_head head = {.seconds = now / 1000000000u,
                              .nanoseconds = (uint32_t)(now % 1000000000u)};
    catalog list = *registry_catalog(c->f->spec.models);
    model_facts *facts = mem_alloc_array(list.count, sizeof *facts);
    if (!facts) {
        lack_memory(c);
        return;
    }
    registry_facts(c->f->spec.models, facts);
    list.list = facts;
    buf body = {0};
    if (asked == ROUTE_OLLAMA_PS)
        ps_body(&list, &head, &body);
    else
        tags_body(&list, &body);
    mem_free(facts);
    send_json(c, &body);
}

static void on_hashed(void *ctx) {
    waiting *w = ctx;
    send_list(&w->call, w->route);
    mem_free(w);
}

static void send_list_later(const front_call *c, route asked) {
    waiting *w = mem_alloc(sizeof *w);
    if (w) *w = (waiting){*c, asked};
    if (w && registry_hash(c->f->spec.models, on_hashed, w)) return;
    mem_free(w);
    lack_memory(c);
}

static void send_model(const front_call *c) {
    const char *name = route_model(c->r->path);
    const model_facts *m = catalog_find(registry_catalog(c->f->spec.models), name);
    refusal why = {0};
    buf body = {0};
    if (m) {
        model_body(m, &body);
        send_json(c, &body);
    } else {
        refuse(&why, REFUSAL_MODEL, "model", "the model '%s' does not exist", name);
        front_refuse(c, &why);
    }
}

// ---- the server ----

static void send_slots(const front_call *c, route asked) {
    const size_t most = c->f->spec.slots;
    slot_facts *slots = mem_zalloc_array(most, sizeof *slots);
    if (!slots) {
        lack_memory(c);
        return;
    }
    server_state state = {.model = registry_catalog(c->f->spec.models)->list,
                          .slots = slots,
                          .version = c->f->fingerprint};
    scheduler_slots(c->f->spec.work, slots, most, &state.slot_count);
    buf body = {0};
    (asked == ROUTE_SLOTS ? slots_body : props_body)(&state, &body);
    mem_free(slots);
    send_json(c, &body);
}

static void put_head(buf *out, const char *name, const char *type, const char *help) {
    buf_format(out, "# HELP axl_%s %s\n# TYPE axl_%s %s\n", name, help, name, type);
}

// What the transport knows, behind what the scheduler does.
static void put_transport(front *f, buf *out) {
    put_head(out, "http_requests_total", "counter", "Requests that are over.");
    for (unsigned i = 0; i < FRONT_STATUS_MAX; i++) {
        const uint64_t count = atomic_load(&f->ended[i]);
        if (count > 0)
            buf_format(out, "axl_http_requests_total{code=\"%u\"} %" PRIu64 "\n", i, count);
    }
    put_head(out, "http_read_bytes_total", "counter", "Bytes of their bodies.");
    buf_format(out, "axl_http_read_bytes_total %" PRIuFAST64 "\n", atomic_load(&f->read));
    put_head(out, "http_written_bytes_total", "counter", "Bytes of the answers' bodies.");
    buf_format(out, "axl_http_written_bytes_total %" PRIuFAST64 "\n", atomic_load(&f->written));
    put_head(out, "start_time_seconds", "gauge", "When the server began, since 1970.");
    buf_format(out, "axl_start_time_seconds %" PRIu64 "\n", f->start_s);
}

static void send_metrics(const front_call *c) {
    server_metrics *m = mem_alloc(sizeof *m);
    if (!m) {
        lack_memory(c);
        return;
    }
    scheduler_metrics(c->f->spec.work, m);
    for (size_t i = 400; i < FRONT_STATUS_MAX; i++) m->refused[i] = atomic_load(&c->f->ended[i]);
    buf body = {0};
    metrics_body(m, &body);
    put_transport(c->f, &body);
    mem_free(m);
    front_send(c, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void send_health(const front_call *c, bool ready) {
    buf body = {0};
    health_body(ready, &body);
    front_send(c, ready ? 200 : 503, "application/json", &body);
}

void front_state(const front_call *c, route asked) {
    buf body = {0};
    switch (asked) {
    case ROUTE_MODELS:
        models_body(registry_catalog(c->f->spec.models), &body);
        send_json(c, &body);
        break;
    case ROUTE_MODEL:
        send_model(c);
        break;
    case ROUTE_TOKENIZER_INFO:
        tokenizer_info_body(registry_catalog(c->f->spec.models)->list, &body);
        send_json(c, &body);
        break;
    case ROUTE_OLLAMA_TAGS:
    case ROUTE_OLLAMA_PS:
        send_list_later(c, asked);
        break;
    case ROUTE_OLLAMA_VERSION:
        version_body(c->f->spec.version, &body);
        send_json(c, &body);
        break;
    case ROUTE_PROPS:
    case ROUTE_SLOTS:
        send_slots(c, asked);
        break;
    case ROUTE_METRICS:
        send_metrics(c);
        break;
    case ROUTE_READY:
        send_health(c, atomic_load(&c->f->stop_ns) == 0);
        break;
    default: // ROUTE_HEALTH: it answers, so it lives
        send_health(c, true);
        break;
    }
}
