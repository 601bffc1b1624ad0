// axl serve: from options to a server, its first lines, and a line for each request.
#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/serve_config.h"
#include "cli/serve_keys.h"

#include <axl/serve.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define URL_MAX 320

typedef struct serving {
    const arguments *args;
    setup s;
    axl_server_options o;
    axl_server_model models[CLI_LIST_MAX];
    serve_keys keys;
    axl_server *server;
} serving;

// ---- options ----

static int wrong(const serving *v, const char *what) {
    cli_complain("%s: %s; try 'axl help serve'", v->s.path, what);
    return 2;
}

static int take_models(serving *v) {
    const text_list *names = &v->args->serve.names;
    const size_t count = v->args->word_count;
    if (count == 0) return wrong(v, "a model is needed");
    if (count > CLI_LIST_MAX) return wrong(v, "at most 16 models");
    if (names->count > count) return wrong(v, "there are more names than models");
    for (size_t i = 0; i < count; i++)
        v->models[i] =
            (axl_server_model){v->args->words[i], i < names->count ? names->item[i] : NULL};
    v->o.models = v->models;
    v->o.model_count = count;
    return 0;
}

static int take_keys(serving *v) {
    const int code = serve_keys_read(&v->keys, v->s.path, v->args);
    if (code) return code;
    if (v->args->serve.keys.count > 0)
        cli_complain(
            "%s: --api-key: who lists the processes of this machine sees the key; "
            "--api-key-file hides it",
            v->s.path);
    v->o.keys = v->keys.list;
    v->o.key_count = v->keys.count;
    return 0;
}

static void take_places(serving *v) {
    const serve_arguments *a = &v->args->serve;
    // A socket alone needs no port beside it.
    if (a->socket && !a->host && !a->port.said) v->o.host = NULL;
    if (a->host) v->o.host = a->host;
    if (a->port.said) v->o.port = (unsigned)a->port.value;
    if (a->ollama_port.said) v->o.ollama_port = (unsigned)a->ollama_port.value;
    v->o.socket = a->socket;
}

static void on_request(void *ctx, const axl_server_event *e) {
    (void)ctx;
    char when[32] = "";
    const time_t seconds = (time_t)(e->wall_ns / 1000000000u);
    struct tm day;
    if (gmtime_r(&seconds, &day)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &day);
    cli_complain("%s %s %s %s %d read %llu wrote %llu in %.1f ms%s%s %s", when, e->client,
                 e->method, e->path, e->status, (unsigned long long)e->read,
                 (unsigned long long)e->written, 1e3 * e->seconds, e->model ? " " : "",
                 e->model ? e->model : "", e->id);
}

static int take_options(serving *v) {
    const serve_arguments *a = &v->args->serve;
    axl_server_defaults(&v->o);
    int code = take_models(v);
    if (code == 0) code = take_keys(v);
    if (code) return code;
    take_places(v);
    v->o.level = v->s.level;
    v->o.threads = v->args->threads;
    v->o.hosts = a->hosts.item;
    v->o.host_count = a->hosts.count;
    v->o.origins = a->origins.item;
    v->o.origin_count = a->origins.count;
    if (a->slots) v->o.slots = a->slots;
    if (a->queue.said) v->o.queue = (size_t)a->queue.value;
    if (a->cache_bytes) v->o.cache_bytes = a->cache_bytes;
    if (a->body_bytes) v->o.body_bytes = a->body_bytes;
    if (!a->no_log) v->o.log = on_request;
    return 0;
}

// ---- what it says ----

// Where a client on this machine finds the server; a socket has no such address.
static void url_of(char out[URL_MAX], const char *host, unsigned port) {
    const char *shown = host ? host : "127.0.0.1";
    if (strcmp(shown, "0.0.0.0") == 0 || strcmp(shown, "::") == 0) shown = "127.0.0.1";
    const bool bare = strchr(shown, ':') && shown[0] != '[';
    snprintf(out, URL_MAX, bare ? "http://[%s]:%u" : "http://%s:%u", shown, port);
}

static int print_config(const serving *v) {
    const char *client = v->args->serve.print_config;
    char url[URL_MAX];
    axl_server_model_info model;
    axl_server_describe(v->server, 0, &model);
    url_of(url, v->o.host, v->o.port ? v->o.port : 8880);
    if (serve_config_print(client, url, &model, v->o.key_count > 0)) return 0;
    cli_complain("%s: --print-config: no client '%s'; there are " SERVE_CONFIG_CLIENTS, v->s.path,
                 client);
    return 2;
}

static void print_models(const serving *v) {
    axl_server_model_info m;
    char params[CLI_AMOUNT_MAX];
    for (size_t i = 0; axl_server_describe(v->server, i, &m); i++)
        cli_print("  %s: %s parameters, %s, context %zu bytes%s\n", m.name,
                  cli_amount_count(params, (double)m.params), m.type, m.context,
                  m.infill ? ", fills in the middle" : "");
}

// The first line is for programs too.
static void print_start(const serving *v) {
    char url[URL_MAX];
    const unsigned port = axl_server_port(v->server);
    const unsigned ollama = axl_server_ollama_port(v->server);
    const char *key = v->o.key_count > 0 ? " -H 'Authorization: Bearer YOUR-KEY'" : "";
    url_of(url, v->o.host, port);
    if (port)
        cli_print("axl serve: listening at %s\n", url);
    else
        cli_print("axl serve: listening at unix:%s\n", v->o.socket);
    if (port && v->o.socket) cli_print("  and at unix:%s\n", v->o.socket);
    if (ollama) cli_print("  and for Ollama's clients at port %u\n", ollama);
    print_models(v);
    if (port) cli_print("  the page: %s/\n", url);
    cli_print(
        "  try: curl %s%s%s%s/v1/completions%s -H 'Content-Type: application/json' "
        "-d '{\"prompt\": \"def main(\", \"max_tokens\": 64}'\n",
        port ? "" : "--unix-socket ", port ? "" : v->o.socket, port ? "" : " ",
        port ? url : "http://localhost", key);
    (void)cli_write("", 0);
}

// ---- serving ----

static void stop(void *ctx) {
    axl_server_stop(ctx);
}

static int serve(serving *v) {
    axl_error err;
    axl_server_allow_files();
    axl_status status = axl_server_listen(v->server, &err);
    if (status == AXL_OK) {
        cli_interrupt_call(stop, v->server);
        if (cli_interrupted()) axl_server_stop(v->server);
        print_start(v);
        status = axl_server_run(v->server, &err);
        cli_interrupt_call(NULL, NULL);
    }
    return status == AXL_OK ? 0 : cli_failed(v->s.path, status, &err);
}

static int make(serving *v) {
    axl_error err;
    const axl_status status = axl_server_create(&v->server, &v->o, &err);
    if (status != AXL_OK) return cli_failed(v->s.path, status, &err);
    return v->args->serve.print_config ? print_config(v) : serve(v);
}

int cmd_serve(const arguments *args) {
    static serving v; // too much for some stacks
    v.args = args;
    int code = cli_setup_begin(&v.s, args);
    if (code == 0) code = take_options(&v);
    if (code == 0) code = make(&v);
    axl_server_free(v.server);
    return code;
}
