// The server as a whole: what each path says, who is refused, how streams, logs and ends are.
#include "support/unit.h"

#include "serve_box.h"

#include "server/page.h"

#include <string.h>

// ---- paths, one row a request ----

typedef struct row {
    const char *method, *path, *body;
    http_field fields[3];
    int status;
    const char *field, *value; // of the answer; value "": the field must not be there
    const char *part;          // of the body
} row;

#define ORIGIN(text)                                                                               \
    {                                                                                              \
        { "Origin", text }                                                                         \
    }
#define STRANGER "https://evil.example"
#define LOCAL "http://localhost:3000"

static const row rows[] = {
    {"GET", "/health", NULL, {{0}}, 200, "Content-Type", "application/json", "\"ok\""},
    {"GET", "/ready", NULL, {{0}}, 200, "Cache-Control", "no-store", "\"ok\""},
    {"HEAD", "/health", NULL, {{0}}, 200, "Content-Length", "17", NULL},
    {"GET", "/v1/models", NULL, {{0}}, 200, NULL, NULL, "\"id\": \"plain\""},
    {"GET", "/models", NULL, {{0}}, 200, NULL, NULL, "\"id\": \"infills\""},
    {"GET", "/v1/models/plain", NULL, {{0}}, 200, NULL, NULL, "\"infill\": false"},
    {"GET", "/v1/models/none", NULL, {{0}}, 404, NULL, NULL, "model_not_found"},
    {"GET", "/tokenizer_info", NULL, {{0}}, 200, NULL, NULL, "eos_token"},
    {"GET", "/props", NULL, {{0}}, 200, NULL, NULL, "total_slots"},
    {"GET", "/slots", NULL, {{0}}, 200, NULL, NULL, "is_processing"},
    {"GET",
     "/metrics",
     NULL,
     {{0}},
     200,
     "Content-Type",
     "text/plain; version=0.0.4; charset=utf-8",
     "axl_http_requests_total{code=\"200\"}"},
    {"GET", "/api/version", NULL, {{0}}, 200, NULL, NULL, "\"version\""},
    {"GET", "/api/tags", NULL, {{0}}, 200, NULL, NULL, "\"digest\": \""},
    {"GET", "/api/ps", NULL, {{0}}, 200, NULL, NULL, "\"models\""},
    {"POST", "/api/show", "{\"model\": \"plain\"}", {{0}}, 200, NULL, NULL, "\"template\""},
    {"POST", "/tokenize", "{\"content\": \"ab\"}", {{0}}, 200, NULL, NULL, "[97, 98]"},
    {"POST", "/detokenize", "{\"tokens\": [97, 98]}", {{0}}, 200, NULL, NULL, "\"ab\""},
    {"POST",
     "/v1/completions",
     "{\"prompt\": \"x\", \"max_tokens\": 1}",
     {{0}},
     200,
     NULL,
     NULL,
     "text_completion"},
    {"POST",
     "/v1/engines/copilot-codex/completions",
     "{\"max_tokens\": 1}",
     {{0}},
     200,
     NULL,
     NULL,
     "text_completion"},
    {"POST", "/v1/embeddings", "{\"input\": \"x\"}", {{0}}, 200, NULL, NULL, "\"embedding\""},
    {"POST",
     "/infill",
     "{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"n_predict\": 1}",
     {{0}},
     200,
     NULL,
     NULL,
     "\"content\""},
    // The page.
    {"GET", "/", NULL, {{0}}, 200, "Content-Security-Policy", PAGE_POLICY, "<!doctype html>"},
    {"GET", "/index.html", NULL, {{0}}, 200, "X-Frame-Options", "DENY", "<!doctype html>"},
    {"GET", "/", NULL, {{"If-None-Match", "*"}}, 304, "Cache-Control", "no-cache", NULL},
    {"HEAD", "/", NULL, {{0}}, 200, "X-Content-Type-Options", "nosniff", NULL},
    // What is not there, in the form that the caller reads.
    {"GET", "/none", NULL, {{0}}, 404, NULL, NULL, "\"code\": \"unknown_url\""},
    {"GET", "/api/none", NULL, {{0}}, 404, NULL, NULL, "{\"error\": \"there is no /api/none\"}"},
    {"DELETE", "/api/delete", NULL, {{0}}, 501, NULL, NULL, "does not change what models"},
    {"POST", "/api/pull", "{}", {{0}}, 501, NULL, NULL, "does not change what models"},
    {"GET", "/v1/completions", NULL, {{0}}, 405, "Allow", "POST, OPTIONS", "method_not_allowed"},
    {"HEAD", "/completion", NULL, {{0}}, 405, "Allow", "POST, OPTIONS", NULL},
    {"POST", "/health", "{}", {{0}}, 405, "Allow", "GET, HEAD, OPTIONS", "\"code\": 405"},
    {"DELETE", "/", NULL, {{0}}, 405, "Allow", "GET, HEAD, OPTIONS", NULL},
    {"POST",
     "/api/generate",
     "{\"model\": \"none\"}",
     {{0}},
     404,
     NULL,
     NULL,
     "{\"error\": \"the model 'none' does not exist\"}"},
    {"POST", "/completion", "[", {{0}}, 400, NULL, NULL, "\"code\": 400"},
    {"POST", "/v1/completions", "{\"n\": 0}", {{0}}, 400, NULL, NULL, "\"param\": \"n\""},
    // Who is not let in.
    {"GET", "/health", NULL, ORIGIN(STRANGER), 403, "Access-Control-Allow-Origin", "", NULL},
    {"POST", "/v1/completions", "{}", ORIGIN("null"), 403, "Access-Control-Allow-Origin", "", NULL},
    {"GET",
     "/v1/models",
     NULL,
     {{"Sec-Fetch-Site", "cross-site"}},
     403,
     NULL,
     NULL,
     "origin_not_allowed"},
    {"POST",
     "/v1/completions",
     "prompt=x",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     415,
     NULL,
     NULL,
     "unsupported_media_type"},
    {"POST",
     "/api/generate",
     "{}",
     {{"Content-Type", "text/plain"}},
     415,
     NULL,
     NULL,
     "application/json"},
    // Pages that are.
    {"GET", "/v1/models", NULL, ORIGIN(LOCAL), 200, "Access-Control-Allow-Origin", LOCAL, NULL},
    {"GET", "/none", NULL, ORIGIN(LOCAL), 404, "Access-Control-Allow-Origin", LOCAL, NULL},
    {"GET", "/v1/models", NULL, ORIGIN(LOCAL), 200, "Access-Control-Allow-Credentials", "", NULL},
    {"OPTIONS",
     "/v1/completions",
     NULL,
     {{"Origin", LOCAL},
      {"Access-Control-Request-Method", "POST"},
      {"Access-Control-Request-Headers", "x-a, x-b"}},
     204,
     "Access-Control-Allow-Headers",
     "x-a, x-b",
     NULL},
    {"OPTIONS", "/v1/completions", NULL, ORIGIN(LOCAL), 204, "Allow", "POST, OPTIONS", NULL},
    {"OPTIONS", "/v1/completions", NULL, ORIGIN(STRANGER), 403, "Access-Control-Allow-Headers", "",
     NULL},
    // Numbers of requests.
    {"GET", "/health", NULL, {{"X-Request-Id", "my-1.a_b"}}, 200, "X-Request-Id", "my-1.a_b", NULL},
};

static void check_row(serve_box *b, const row *r) {
    serve_question q = {.method = r->method, .path = r->path, .body = r->body};
    memcpy(q.fields, r->fields, sizeof q.fields);
    http_reply reply = serve_ask(b, &q);
    const char *body = buf_string(&reply.body);
    if (reply.status != r->status)
        fail_msg("%s %s: %d, not %d: %s", r->method, r->path, reply.status, r->status, body);
    const char *value = r->field ? http_reply_field(&reply, r->field) : NULL;
    if (r->field && strcmp(value ? value : "", r->value) != 0)
        fail_msg("%s %s: %s is '%s'", r->method, r->path, r->field, value ? value : "");
    if (r->part && !strstr(body, r->part)) fail_msg("%s %s: %s", r->method, r->path, body);
    if (strcmp(r->method, "HEAD") == 0) assert_int_equal(reply.body.size, 0);
    assert_non_null(http_reply_field(&reply, "X-Request-Id"));
    http_reply_free(&reply);
}

static void test_rows(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_row(&b, &rows[i]);
    serve_stop(&b);
}

static void test_keys(void **state) {
    (void)state;
    static const char *const keys[] = {"first", "second"};
    static const row cases[] = {
        {"GET", "/health", NULL, {{0}}, 200, NULL, NULL, NULL},
        {"GET", "/ready", NULL, {{0}}, 200, NULL, NULL, NULL},
        {"GET", "/", NULL, {{0}}, 200, NULL, NULL, NULL},
        {"OPTIONS", "/v1/models", NULL, ORIGIN(LOCAL), 204, NULL, NULL, NULL},
        {"GET",
         "/v1/models",
         NULL,
         {{0}},
         401,
         "WWW-Authenticate",
         "Bearer realm=\"axl\"",
         "invalid_api_key"},
        {"GET", "/metrics", NULL, {{0}}, 401, NULL, NULL, NULL},
        {"GET", "/none", NULL, {{0}}, 401, NULL, NULL, NULL},
        {"GET", "/v1/models", NULL, {{"Authorization", "Bearer second"}}, 200, NULL, NULL, NULL},
        {"GET", "/v1/models", NULL, {{"X-Api-Key", "first"}}, 200, NULL, NULL, NULL},
        {"POST",
         "/api/generate",
         "{}",
         {{"Authorization", "Bearer third"}},
         401,
         NULL,
         NULL,
         "{\"error\": \"a key is needed"},
        {"GET",
         "/v1/models",
         NULL,
         {{"Origin", LOCAL}},
         401,
         "Access-Control-Allow-Origin",
         LOCAL,
         NULL},
    };
    serve_box b;
    axl_server_options o = serve_options();
    o.keys = keys;
    o.key_count = COUNT_OF(keys);
    serve_start(&b, &o);
    for (size_t i = 0; i < COUNT_OF(cases); i++) check_row(&b, &cases[i]);
    serve_stop(&b);
}

// A free port is looked for, which somebody may take before us: then another one.
static void start_with_ollama(serve_box *b) {
    for (unsigned tries = 0; tries < 20; tries++) {
        axl_server_options o = serve_options();
        axl_server *server;
        assert_int_equal(axl_server_create(&server, &o, NULL), AXL_OK);
        assert_int_equal(axl_server_listen(server, NULL), AXL_OK);
        o.ollama_port = axl_server_port(server);
        axl_server_free(server);
        assert_int_equal(axl_server_create(&server, &o, NULL), AXL_OK);
        const bool ok = axl_server_listen(server, NULL) == AXL_OK;
        axl_server_free(server);
        if (!ok) continue;
        serve_start(b, &o);
        return;
    }
    fail_msg("no port is free");
}

static void test_ollama_door(void **state) {
    (void)state;
    serve_box b;
    start_with_ollama(&b);
    check_row(&b, &(row){"GET", "/", NULL, {{0}}, 200, NULL, NULL, "<!doctype html>"});
    b.to.port = axl_server_ollama_port(b.server);
    check_row(&b, &(row){"GET", "/", NULL, {{0}}, 200, NULL, NULL, "Ollama is running"});
    check_row(&b, &(row){"HEAD", "/", NULL, {{0}}, 200, NULL, NULL, NULL});
    check_row(&b, &(row){"GET", "/api/tags", NULL, {{0}}, 200, NULL, NULL, "infills"});
    serve_stop(&b);
}

// ---- streams ----

// What stands behind every "text": " of a stream or a whole answer, joined.
static void join_texts(const buf *body, buf *out) {
    static const char mark[] = "\"text\": \"";
    for (const char *at = buf_string(body); (at = strstr(at, mark)) != NULL;) {
        at += strlen(mark);
        for (; *at && *at != '"'; at++) {
            if (*at == '\\' && at[1]) buf_byte(out, (uint8_t)*at++);
            buf_byte(out, (uint8_t)*at);
        }
    }
}

static void test_stream_is_whole(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    static const char *const bodies[] = {
        "{\"prompt\": \"abc\", \"max_tokens\": 200, \"seed\": 7, \"ignore_eos\": true}",
        "{\"prompt\": \"abc\", \"max_tokens\": 200, \"seed\": 7, \"ignore_eos\": true, "
        "\"stream\": true}"};
    buf texts[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        const serve_question q = {.method = "POST", .path = "/v1/completions", .body = bodies[i]};
        http_reply reply = serve_ask(&b, &q);
        assert_int_equal(reply.status, 200);
        const char *type = http_reply_field(&reply, "Content-Type");
        assert_string_equal(type, i ? "text/event-stream" : "application/json");
        join_texts(&reply.body, &texts[i]);
        http_reply_free(&reply);
    }
    assert_true(texts[0].size > 200); // bytes that are no text take more than one each
    assert_string_equal(buf_string(&texts[0]), buf_string(&texts[1]));
    buf_free(&texts[0]);
    buf_free(&texts[1]);
    serve_stop(&b);
}

// More than any test waits for.
#define ENDLESS                                                                                    \
    "{\"prompt\": \"abc\", \"max_tokens\": 65536, \"n\": 100, \"ignore_eos\": true, \"stream\": "  \
    "true}"

static bool hang_up(void *ctx, const void *bytes, size_t size) {
    (void)ctx;
    (void)bytes;
    return size == 0;
}

// Reads /metrics until the line is there.
static void await_metric(serve_box *b, const char *line) {
    for (bool there = false; !there;) {
        http_reply reply = serve_ask(b, &(serve_question){.method = "GET", .path = "/metrics"});
        there = strstr(buf_string(&reply.body), line) != NULL;
        http_reply_free(&reply);
    }
}

static void test_hang_up(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    const serve_question q = {
        .method = "POST", .path = "/v1/completions", .body = ENDLESS, .sink = hang_up};
    http_reply reply = serve_ask(&b, &q);
    assert_true(reply.hung);
    http_reply_free(&reply);
    await_metric(&b, "axl_request_success_total{finished_reason=\"abort\"} 1\n");
    await_metric(&b, "axl_requests_processing 0\n");
    serve_stop(&b);
}

// ---- the end ----

typedef struct stopping {
    serve_box *box;
    size_t pieces;
    buf last; // what came at the end
} stopping;

static bool stop_at_first(void *ctx, const void *bytes, size_t size) {
    stopping *s = ctx;
    if (s->pieces++ == 0) axl_server_stop(s->box->server);
    buf_clear(&s->last);
    buf_append(&s->last, bytes, size);
    return true;
}

static void test_drain(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    stopping s = {.box = &b};
    const serve_question q = {.method = "POST",
                              .path = "/v1/completions",
                              .body =
                                  "{\"prompt\": \"abc\", \"max_tokens\": 2000, \"stream\": true,"
                                  " \"ignore_eos\": true}",
                              .sink = stop_at_first,
                              .ctx = &s};
    http_reply reply = serve_ask(&b, &q);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(buf_string(&s.last), "data: [DONE]"));
    buf_free(&s.last);
    http_reply_free(&reply);
    serve_stop(&b);
}

static void test_cut(void **state) {
    (void)state;
    serve_box b;
    axl_server_options o = serve_options();
    o.drain_seconds = 0;
    serve_start(&b, &o);
    stopping s = {.box = &b};
    const serve_question q = {.method = "POST",
                              .path = "/v1/completions",
                              .body = ENDLESS,
                              .sink = stop_at_first,
                              .ctx = &s};
    http_reply reply = serve_ask(&b, &q);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(buf_string(&s.last), "data: [DONE]"));
    assert_non_null(strstr(buf_string(&s.last), "the server is stopping"));
    buf_free(&s.last);
    http_reply_free(&reply);
    serve_stop(&b);
}

static void test_stop_before_run(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    assert_int_equal(axl_server_create(&b.server, &o, NULL), AXL_OK);
    assert_int_equal(axl_server_run(b.server, NULL), AXL_BAD_ARGUMENT);
    axl_server_stop(b.server);
    assert_int_equal(axl_server_listen(b.server, NULL), AXL_OK);
    assert_int_equal(axl_server_listen(b.server, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_server_run(b.server, NULL), AXL_OK);
    axl_server_free(b.server);
}

// ---- too many ----

typedef struct crowd {
    serve_box *box;
    int status;
    bool retry;
} crowd;

// While the first stream runs: none may wait.
static bool ask_more(void *ctx, const void *bytes, size_t size) {
    crowd *c = ctx;
    (void)bytes;
    (void)size;
    const serve_question q = {
        .method = "POST", .path = "/v1/completions", .body = "{\"max_tokens\": 1}"};
    http_reply reply = serve_ask(c->box, &q);
    c->status = reply.status;
    c->retry = http_reply_field(&reply, "Retry-After") != NULL;
    http_reply_free(&reply);
    return false;
}

static void test_crowded(void **state) {
    (void)state;
    serve_box b;
    axl_server_options o = serve_options();
    o.slots = 1;
    o.queue = 0;
    serve_start(&b, &o);
    crowd c = {.box = &b};
    const serve_question q = {
        .method = "POST", .path = "/v1/completions", .body = ENDLESS, .sink = ask_more, .ctx = &c};
    http_reply reply = serve_ask(&b, &q);
    assert_int_equal(reply.status, 200);
    assert_true(c.status == 429 || c.status == 503);
    assert_true(c.retry);
    http_reply_free(&reply);
    serve_stop(&b);
}

// ---- logs ----

static const struct serve_event *find_event(const serve_box *b, const char *path) {
    for (size_t i = 0; i < b->events; i++)
        if (strcmp(b->event[i].path, path) == 0) return &b->event[i];
    fail_msg("no line of the log for %s", path);
    return NULL;
}

static void test_log(void **state) {
    (void)state;
    serve_box b;
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    static const serve_question asked[] = {
        {.method = "POST",
         .path = "/v1/completions",
         .body = "{\"model\": \"plain\", \"prompt\": \"a secret\", \"max_tokens\": 1}",
         .fields = {{"X-Request-Id", "mine"}}},
        {.method = "GET", .path = "/none?key=secret"},
        {.method = "GET", .path = "/health", .fields = {{"X-Request-Id", "two words"}}},
    };
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        http_reply reply = serve_ask(&b, &asked[i]);
        if (i == 0) assert_string_equal(http_reply_field(&reply, "X-Request-Id"), "mine");
        http_reply_free(&reply);
    }
    serve_stop(&b);
    // In any order: the client has its answer before the log has the line.
    assert_int_equal(b.events, 3);
    const struct serve_event *e = find_event(&b, "/v1/completions");
    assert_int_equal(e->status, 200);
    assert_string_equal(e->method, "POST");
    assert_string_equal(e->model, "plain");
    assert_string_equal(e->id, "mine");
    assert_int_equal(e->read, strlen(asked[0].body));
    assert_true(e->written > 100);
    assert_int_equal(strncmp(e->client, "127.0.0.1:", 10), 0);
    e = find_event(&b, "/none");
    assert_int_equal(e->status, 404);
    assert_string_equal(e->model, "");
    e = find_event(&b, "/health");
    assert_int_equal(e->status, 200);
    assert_int_equal(strlen(e->id), 16); // ours
}

// ---- options ----

static void test_options(void **state) {
    (void)state;
    static const char *const key[] = {"k"}, *const empty[] = {""}, *const page[] = {"x"};
    static const char *const host[] = {"a/b"};
    axl_server_options cases[12];
    for (size_t i = 0; i < COUNT_OF(cases); i++) cases[i] = serve_options();
    cases[0].model_count = 0;
    cases[1].host = NULL;
    cases[2].host = "0.0.0.0";
    cases[3].host = "box.example";
    cases[4].keys = empty, cases[4].key_count = 1;
    cases[5].origins = page, cases[5].origin_count = 1;
    cases[6].hosts = host, cases[6].host_count = 1;
    cases[7].slots = 0;
    cases[8].body_bytes = 0;
    cases[9].hold_ms = -1;
    cases[10].port = 65536;
    cases[11].socket = "";
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        axl_server *server = (axl_server *)&cases;
        axl_error err;
        if (axl_server_create(&server, &cases[i], &err) != AXL_BAD_ARGUMENT)
            fail_msg("case %zu should be refused", i);
        assert_null(server);
        assert_int_not_equal(err.text[0], '\0');
    }
    // With a key others may be listened to.
    axl_server_options open = serve_options();
    open.host = "0.0.0.0";
    open.keys = key;
    open.key_count = 1;
    axl_server *server;
    assert_int_equal(axl_server_create(&server, &open, NULL), AXL_OK);
    axl_server_model_info info;
    assert_true(axl_server_describe(server, 1, &info));
    assert_string_equal(info.name, "plain");
    assert_int_equal(info.context, 32);
    assert_false(info.infill);
    assert_false(axl_server_describe(server, 2, &info));
    axl_server_free(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_ollama_door), cmocka_unit_test(test_stream_is_whole),
        cmocka_unit_test(test_hang_up),     cmocka_unit_test(test_drain),
        cmocka_unit_test(test_cut),         cmocka_unit_test(test_stop_before_run),
        cmocka_unit_test(test_crowded),     cmocka_unit_test(test_log),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
