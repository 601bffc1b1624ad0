#include <axl/serve.h>

#include <axl/axl.h>

#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/open_files.h"
#include "server/front/front.h"

#include <stdatomic.h>
#include <string.h>

#define PORT_MAX 65535
#define SLOTS_MAX 1024
#define QUEUE_MAX 1000000
#define FILES_BESIDE 64                    // models, logs and listeners
#define FAREWELL_NS ((uint64_t)1000000000) // for clients to read that the server ends

// A list of strings, owned. {0} is empty.
typedef struct owned_names {
    char **names; // [count]
    size_t count;
} owned_names;

struct axl_server {
    axl_server_options o; // its strings and lists are those below
    char *host, *socket;
    owned_names hosts, origins;
    uint8_t (*keys)[SHA256_BYTES];
    kernels k;
    registry *models;
    scheduler *work;
    front *front;
    http_server *http;
    unsigned port, ollama_port;
    atomic_bool stopping;
};

void axl_server_allow_files(void) {
    const size_t most = http_limits_standard.connections;
    (void)os_open_files_allow(most + most / 8 + FILES_BESIDE);
}

void axl_server_defaults(axl_server_options *out) {
    *out = (axl_server_options){.host = "127.0.0.1",
                                .port = 8880,
                                .slots = scheduler_spec_standard.running,
                                .queue = scheduler_spec_standard.queue,
                                .cache_bytes = scheduler_spec_standard.cache_bytes,
                                .body_bytes = (uint64_t)8 << 20,
                                .hold_ms = (double)scheduler_spec_standard.hold_ns * 1e-6,
                                .drain_seconds = 10};
}

// ---- options ----

static axl_status check_places(const axl_server_options *o, axl_error *err) {
    RETURN_IF(o->socket && !*o->socket, err, AXL_BAD_ARGUMENT, "a socket without a path");
    RETURN_IF(!o->host && !o->socket, err, AXL_BAD_ARGUMENT,
              "no place to listen at: a host or a socket");
    RETURN_IF(o->port > PORT_MAX || o->ollama_port > PORT_MAX, err, AXL_BAD_ARGUMENT,
              "port %u is over %d", o->port > PORT_MAX ? o->port : o->ollama_port, PORT_MAX);
    RETURN_IF(!o->host && o->ollama_port > 0, err, AXL_BAD_ARGUMENT,
              "a port for Ollama's clients, but no host");
    RETURN_IF(o->host && o->ollama_port > 0 && o->ollama_port == o->port, err, AXL_BAD_ARGUMENT,
              "port %u is named twice: Ollama's clients are answered at every port", o->port);
    RETURN_IF(o->host && host_is_open(o->host) && o->key_count == 0, err, AXL_BAD_ARGUMENT,
              "other machines reach '%s', and there is no key: give one with --api-key-file, or "
              "listen at 127.0.0.1",
              o->host);
    return AXL_OK;
}

static axl_status check_lists(const axl_server_options *o, axl_error *err) {
    char name[HOST_NAME_MAX_BYTES];
    for (size_t i = 0; i < o->key_count; i++)
        RETURN_IF(!o->keys[i] || !*o->keys[i], err, AXL_BAD_ARGUMENT, "a key is empty");
    for (size_t i = 0; i < o->host_count; i++)
        RETURN_IF(!host_name(name, o->hosts[i]) && !strchr(o->hosts[i], ':'), err, AXL_BAD_ARGUMENT,
                  "'%s' is no name of a host", o->hosts[i]);
    for (size_t i = 0; i < o->origin_count; i++)
        RETURN_IF(!origin_is_valid(o->origins[i]), err, AXL_BAD_ARGUMENT,
                  "'%s' is no origin: one is like https://example.org", o->origins[i]);
    return AXL_OK;
}

static axl_status check_sizes(const axl_server_options *o, axl_error *err) {
    RETURN_IF(o->model_count == 0, err, AXL_BAD_ARGUMENT, "no model to serve");
    RETURN_IF(o->slots == 0 || o->slots > SLOTS_MAX, err, AXL_BAD_ARGUMENT,
              "%zu texts at the same time: 1 to %d are possible", o->slots, SLOTS_MAX);
    RETURN_IF(o->queue > QUEUE_MAX, err, AXL_BAD_ARGUMENT,
              "%zu waiting requests are over the limit of %d", o->queue, QUEUE_MAX);
    RETURN_IF(o->body_bytes == 0 || o->body_bytes > FRONT_BODY_MAX, err, AXL_BAD_ARGUMENT,
              "bodies of %llu bytes: 1 to %zu are possible", (unsigned long long)o->body_bytes,
              FRONT_BODY_MAX);
    RETURN_IF(o->cache_bytes > SIZE_MAX, err, AXL_BAD_ARGUMENT, "the cache is larger than memory");
    RETURN_IF(!(o->hold_ms >= 0 && o->hold_ms <= 10000), err, AXL_BAD_ARGUMENT,
              "pieces can be held together for 0 to 10000 ms");
    RETURN_IF(!(o->drain_seconds >= 0 && o->drain_seconds <= 86400), err, AXL_BAD_ARGUMENT,
              "what runs at the end can be given 0 to 86400 seconds");
    return AXL_OK;
}

static axl_status copy_text(char **out, const char *text, axl_error *err) {
    if (!text) return AXL_OK;
    const size_t bytes = strlen(text) + 1;
    *out = mem_alloc(bytes);
    if (!*out) return error_no_memory(err, "options", bytes);
    memcpy(*out, text, bytes);
    return AXL_OK;
}

// A place with a '/' in it is a path to the transport.
static axl_status copy_path(char **out, const char *path, axl_error *err) {
    if (!path || strchr(path, '/')) return copy_text(out, path, err);
    const size_t bytes = strlen("./") + strlen(path) + 1;
    *out = mem_alloc(bytes);
    if (!*out) return error_no_memory(err, "options", bytes);
    string_format(*out, bytes, NULL, "./%s", path);
    return AXL_OK;
}

static axl_status copy_names(owned_names *out, const char *const *names, size_t count,
                             axl_error *err) {
    if (count == 0) return AXL_OK;
    out->names = mem_zalloc_array(count, sizeof *out->names);
    if (!out->names) return error_no_memory(err, "options", count * sizeof *out->names);
    for (; out->count < count; out->count++)
        FORWARD(copy_text(&out->names[out->count], names[out->count], err));
    return AXL_OK;
}

static void free_names(owned_names *list) {
    for (size_t i = 0; i < list->count; i++) mem_free(list->names[i]);
    mem_free(list->names);
}

// The keys themselves are not kept.
static axl_status digest_keys(axl_server *s, const axl_server_options *o, axl_error *err) {
    if (o->key_count == 0) return AXL_OK;
    s->keys = mem_alloc_array(o->key_count, sizeof *s->keys);
    if (!s->keys) return error_no_memory(err, "keys", o->key_count * sizeof *s->keys);
    for (size_t i = 0; i < o->key_count; i++) policy_key_digest(s->keys[i], o->keys[i]);
    return AXL_OK;
}

static axl_status select_kernels(axl_server *s, const char *level, axl_error *err) {
    const char *chosen;
    FORWARD(axl_cpu_select(level, &chosen, err));
    RETURN_IF(!kernels_select(kernels_level_by_name(chosen), &s->k), err, AXL_INTERNAL,
              "no kernels of level '%s'", chosen);
    return AXL_OK;
}

static axl_status take_options(axl_server *s, const axl_server_options *o, axl_error *err) {
    s->o = *o;
    FORWARD(copy_text(&s->host, o->host, err));
    FORWARD(copy_path(&s->socket, o->socket, err));
    FORWARD(copy_names(&s->hosts, o->hosts, o->host_count, err));
    FORWARD(copy_names(&s->origins, o->origins, o->origin_count, err));
    FORWARD(digest_keys(s, o, err));
    FORWARD(select_kernels(s, o->level, err));
    FORWARD(registry_create(&s->models, err));
    for (size_t i = 0; i < o->model_count; i++)
        FORWARD(registry_add(s->models, o->models[i].path, o->models[i].name, err));
    return AXL_OK;
}

// ---- life ----

axl_status axl_server_create(axl_server **out, const axl_server_options *o, axl_error *err) {
    RETURN_IF(!out || !o, err, AXL_BAD_ARGUMENT,
              "axl_server_create: a place for the server and options must be given");
    *out = NULL;
    FORWARD(check_sizes(o, err));
    FORWARD(check_places(o, err));
    FORWARD(check_lists(o, err));
    axl_server *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a server", sizeof *s);
    const axl_status status = take_options(s, o, err);
    if (status == AXL_OK)
        *out = s;
    else
        axl_server_free(s);
    return status;
}

// The registry goes before the transport: requests may wait for a digest that it computes.
void axl_server_free(axl_server *s) {
    if (!s) return;
    if (s->work) scheduler_stop(s->work, 0);
    scheduler_free(s->work);
    registry_free(s->models);
    http_free(s->http);
    front_free(s->front);
    free_names(&s->hosts);
    free_names(&s->origins);
    mem_free(s->keys);
    mem_free(s->host);
    mem_free(s->socket);
    mem_free(s);
}

bool axl_server_describe(const axl_server *s, size_t number, axl_server_model_info *out) {
    const catalog *c = registry_catalog(s->models);
    if (number >= c->count) return false;
    const model_facts *m = &c->list[number];
    *out = (axl_server_model_info){.name = m->name,
                                   .path = m->path,
                                   .type = m->quantization,
                                   .params = m->params,
                                   .file_bytes = m->file_bytes,
                                   .context = m->context,
                                   .infill = m->infill};
    return true;
}

// ---- listening ----

static axl_status make_front(axl_server *s, axl_error *err) {
    const scheduler_spec work = {.models = s->models,
                                 .k = &s->k,
                                 .threads = s->o.threads,
                                 .running = s->o.slots,
                                 .queue = s->o.queue,
                                 .cache_bytes = (size_t)s->o.cache_bytes,
                                 .hold_ns = (uint64_t)(s->o.hold_ms * 1e6)};
    FORWARD(scheduler_create(&s->work, &work, err));
    const front_spec spec = {
        .policy = {.host = s->host,
                   .hosts = {(const char *const *)s->hosts.names, s->hosts.count},
                   .origins = {(const char *const *)s->origins.names, s->origins.count},
                   .keys = s->keys,
                   .key_count = s->o.key_count},
        .models = s->models,
        .work = s->work,
        .slots = s->o.slots,
        .version = axl_version(),
        .log = s->o.log,
        .log_ctx = s->o.log_ctx};
    return front_create(&s->front, &spec, err);
}

static axl_status listen_at(axl_server *s, const char *host, unsigned port, unsigned *got,
                            axl_error *err) {
    const http_place place = {host, port};
    return http_listen(s->http, &place, got, err);
}

axl_status axl_server_listen(axl_server *s, axl_error *err) {
    RETURN_IF(s->http, err, AXL_BAD_ARGUMENT, "the server listens already");
    unsigned none;
    FORWARD(make_front(s, err));
    http_limits limits = http_limits_standard;
    limits.body_bytes = (size_t)s->o.body_bytes;
    const http_handler handler = front_handler(s->front);
    FORWARD(http_create(&s->http, &handler, &limits, err));
    if (s->host) FORWARD(listen_at(s, s->host, s->o.port, &s->port, err));
    if (s->o.ollama_port > 0)
        FORWARD(listen_at(s, s->host, s->o.ollama_port, &s->ollama_port, err));
    if (s->socket) FORWARD(listen_at(s, s->socket, 0, &none, err));
    front_set_ollama_port(s->front, s->ollama_port);
    return AXL_OK;
}

unsigned axl_server_port(const axl_server *s) {
    return s->port;
}

unsigned axl_server_ollama_port(const axl_server *s) {
    return s->ollama_port;
}

// ---- serving ----

axl_status axl_server_run(axl_server *s, axl_error *err) {
    RETURN_IF(!s->http, err, AXL_BAD_ARGUMENT, "the server does not listen yet");
    if (atomic_load(&s->stopping)) return AXL_OK;
    const axl_status status = http_run(s->http, err);
    front_stop(s->front, 0);
    scheduler_stop(s->work, 0); // what still runs has lost its client
    return status;
}

void axl_server_stop(axl_server *s) {
    atomic_store(&s->stopping, true);
    if (!s->http) return;
    const uint64_t drain_ns = (uint64_t)(s->o.drain_seconds * 1e9);
    front_stop(s->front, drain_ns);
    http_stop(s->http, drain_ns + FAREWELL_NS);
}
