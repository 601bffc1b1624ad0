#include "server/front/front_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/strings.h"
#include "os/clock.h"
#include "server/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- a visit ----

// Letters, digits and what tools put between them: nothing that could break a line of a log.
static bool is_id(const char *text) {
    const size_t size = strspn(text,
                               "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
    return size > 0 && size < FRONT_ID_MAX && text[size] == '\0';
}

// Also tells the exchange. NULL: memory ran out.
static front_visit *visit_begin(front *f, http_exchange *x, const http_request *r) {
    front_visit *v = mem_zalloc(sizeof *v);
    if (!v) return NULL;
    http_note(x, v);
    const rng_block word = rng_at(rng_key(f->id_seed, 0), atomic_fetch_add(&f->ids, 1));
    string_format(v->serial, sizeof v->serial, NULL, "%08" PRIx32 "%08" PRIx32, word.word[0],
                  word.word[1]);
    const char *id = http_field_of(r, "X-Request-Id");
    string_copy(v->id, sizeof v->id, id && is_id(id) ? id : v->serial);
    return v;
}

// ---- paths ----

// Routes of Ollama's that change what models there are.
static const char *const foreign[] = {"/api/blobs/", "/api/copy", "/api/create",
                                      "/api/delete", "/api/pull", "/api/push"};

const char *front_method(const http_request *r, refusal *why) {
    const route found = route_find(r->path);
    if (found) return route_method(found);
    if (page_find(r->path)) return "GET";
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (!string_starts(r->path, foreign[i])) continue;
        refuse(why, REFUSAL_ABSENT, NULL,
               "this server does not change what models there are: see 'axl help serve'");
        return NULL;
    }
    refuse(why, REFUSAL_ROUTE, NULL, "there is no %s", r->path);
    return NULL;
}

static bool check_way(const http_request *r, refusal *why) {
    const char *method = front_method(r, why);
    if (!method) return false;
    const bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
    if (strcmp(method, "GET") == 0 ? reads : r->method == HTTP_POST) return true;
    return refuse(why, REFUSAL_METHOD, NULL, "%s is asked for with %s", r->path, method);
}

// What a watchdog asks for, and the page, which asks for the key.
static bool is_open(const char *path) {
    const route found = route_find(path);
    return found == ROUTE_HEALTH || found == ROUTE_READY || (!found && page_find(path));
}

// ---- the transport's calls ----

static bool admit(void *ctx, http_exchange *x, const http_request *r) {
    front *f = ctx;
    refusal why = {0};
    const bool asks = r->method == HTTP_OPTIONS;
    const bool in = policy_admit(&f->spec.policy, r, is_open(r->path), &why);
    if (in && !asks && check_way(r, &why)) return true;
    const front_call c = {f, x, r, visit_begin(f, x, r)};
    if (in && asks)
        front_preflight(&c);
    else
        front_refuse(&c, &why);
    return false;
}

// What Ollama says at its door, which some of its clients look at.
static bool is_ollama_door(const front *f, const http_request *r) {
    return strcmp(r->path, "/") == 0 && f->ollama_port > 0 && host_port(r->host) == f->ollama_port;
}

static void request_in(void *ctx, http_exchange *x, const http_request *r) {
    front *f = ctx;
    const front_call c = {f, x, r, visit_begin(f, x, r)};
    const route found = route_find(r->path);
    if (!c.visit) {
        refusal why = {0};
        refuse_memory(&why);
        front_refuse(&c, &why);
    } else if (is_ollama_door(f, r)) {
        buf body = {0};
        buf_text(&body, "Ollama is running");
        front_send(&c, 200, "text/plain; charset=utf-8", &body);
    } else if (!found) {
        front_page(&c);
    } else if (strcmp(route_method(found), "GET") == 0) {
        front_state(&c, found);
    } else {
        front_work(&c, found);
    }
}

static const char *refuse_alone(void *ctx, int status, const char *text, const char *path,
                                buf *body) {
    front *f = ctx;
    refusal why = {0};
    const route found = route_find(path);
    atomic_fetch_add(&f->ended[status], 1);
    refuse(&why, refusal_of_http(status), NULL, "%s", text);
    refusal_body(&why, found ? route_dialect(found) : path_dialect(path), body);
    return "application/json";
}

static const char *method_name(http_method method) {
    static const char *const names[] = {[HTTP_GET] = "GET",
                                        [HTTP_HEAD] = "HEAD",
                                        [HTTP_POST] = "POST",
                                        [HTTP_OPTIONS] = "OPTIONS",
                                        [HTTP_DELETE] = "DELETE"};
    return names[method];
}

static void done(void *ctx, const http_request *r, int status, uint64_t written, uint64_t ns) {
    front *f = ctx;
    front_visit *v = r->note;
    const uint64_t read = r->body ? r->size : 0;
    if (status >= 0 && status < FRONT_STATUS_MAX) atomic_fetch_add(&f->ended[status], 1);
    atomic_fetch_add(&f->read, read);
    atomic_fetch_add(&f->written, written);
    if (f->spec.log) {
        const axl_server_event event = {.wall_ns = os_wall_ns(),
                                        .client = r->peer,
                                        .method = method_name(r->method),
                                        .path = r->path,
                                        .model = v ? v->model : NULL,
                                        .id = v ? v->id : "",
                                        .status = status,
                                        .read = read,
                                        .written = written,
                                        .seconds = (double)ns * 1e-9};
        f->spec.log(f->spec.log_ctx, &event);
    }
    mem_free(v);
}

http_handler front_handler(front *f) {
    return (http_handler){
        .admit = admit, .request = request_in, .refuse = refuse_alone, .done = done, .ctx = f};
}

// ---- the front ----

static axl_status copy_names(front *f, axl_error *err) {
    const catalog *c = registry_catalog(f->spec.models);
    f->names = mem_zalloc_array(c->count, sizeof *f->names);
    if (!f->names) return error_no_memory(err, "names of models", c->count * sizeof *f->names);
    for (size_t i = 0; i < c->count; i++)
        string_copy(f->names[i], sizeof f->names[i], c->list[i].name);
    return AXL_OK;
}

axl_status front_create(front **out, const front_spec *spec, axl_error *err) {
    *out = NULL;
    front *f = mem_zalloc(sizeof *f);
    if (!f) return error_no_memory(err, "a server", sizeof *f);
    f->spec = *spec;
    f->id_seed = os_wall_ns() ^ (os_clock_ns() << 20);
    f->start_s = os_wall_ns() / 1000000000u;
    string_format(f->fingerprint, sizeof f->fingerprint, NULL, "axl-%s", spec->version);
    const axl_status status = copy_names(f, err);
    if (status == AXL_OK)
        *out = f;
    else
        mem_free(f);
    return status;
}

void front_free(front *f) {
    if (!f) return;
    mem_free(f->names);
    mem_free(f);
}

void front_set_ollama_port(front *f, unsigned port) {
    f->ollama_port = port;
}

void front_stop(front *f, uint64_t deadline_ns) {
    atomic_store(&f->stop_ns, os_clock_ns() + deadline_ns);
}

bool front_is_over(front *f) {
    const uint64_t at = atomic_load_explicit(&f->stop_ns, memory_order_relaxed);
    return at != 0 && os_clock_ns() >= at;
}
