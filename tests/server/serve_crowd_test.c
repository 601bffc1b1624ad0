// Thirty-two clients at once, each with its own mix of everything: streams, whole answers, lists,
// figures, and leaving in the middle. Every one is answered, and no text depends on the others.
//   test_server_serve_crowd [REQUESTS OF EACH]
#include "support/unit.h"

#include "serve_box.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 32

static size_t requests = 20;

typedef struct client {
    serve_box *box;
    size_t number;
    const buf *alone; // what a server that does nothing else says to the same question
    os_thread thread;
    atomic_size_t *good, *busy; // shared
    size_t wrong;
} client;

#define SEEDED                                                                                     \
    "{\"prompt\": \"def a(\", \"max_tokens\": 40, \"seed\": 5, \"ignore_eos\": true, "             \
    "\"response_fields\": [\"content\"]}"

static bool leave(void *ctx, const void *bytes, size_t size) {
    (void)ctx;
    (void)bytes;
    return size == 0;
}

static const serve_question kinds[] = {
    {.method = "POST", .path = "/completion", .body = SEEDED},
    {.method = "POST",
     .path = "/v1/completions",
     .body = "{\"prompt\": \"x = \", \"max_tokens\": 30, \"stream\": true}"},
    {.method = "POST",
     .path = "/v1/chat/completions",
     .body = "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"max_tokens\": 20}"},
    {.method = "POST",
     .path = "/v1/completions",
     .body = "{\"prompt\": \"y\", \"max_tokens\": 5000, \"ignore_eos\": true, \"stream\": true}",
     .sink = leave},
    {.method = "GET", .path = "/api/tags"},
    {.method = "GET", .path = "/metrics"},
    {.method = "GET", .path = "/slots"},
    {.method = "POST",
     .path = "/api/embed",
     .body = "{\"model\": \"plain\", \"input\": [\"a\", \"b\"]}"},
    {.method = "POST",
     .path = "/api/generate",
     .body = "{\"model\": \"plain\", \"prompt\": \"z\", \"options\": {\"num_predict\": 10}}"},
    {.method = "GET", .path = "/"},
};

static void ask_all(void *ctx) {
    client *c = ctx;
    for (size_t i = 0; i < requests; i++) {
        const size_t kind = (c->number + i) % COUNT_OF(kinds);
        http_reply reply;
        const bool ok = serve_try(c->box, &kinds[kind], &reply) == AXL_OK;
        const bool busy = reply.status == 429 || reply.status == 503;
        if (ok && busy && http_reply_field(&reply, "Retry-After")) {
            atomic_fetch_add(c->busy, 1);
        } else if (ok && reply.status == 200) {
            atomic_fetch_add(c->good, 1);
            c->wrong += kind == 0 && strcmp(buf_string(&reply.body), buf_string(c->alone)) != 0;
        } else {
            c->wrong++;
        }
        http_reply_free(&reply);
    }
}

static void test_crowd(void **state) {
    (void)state;
    static client clients[CLIENTS];
    serve_box b;
    atomic_size_t good = 0, busy = 0;
    axl_server_options o = serve_options();
    o.slots = 4;
    o.queue = 16; // less than may come, so that some are told to come again
    o.threads = 2;
    serve_start(&b, &o);
    http_reply alone = serve_ask(&b, &kinds[0]);
    assert_int_equal(alone.status, 200);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] =
            (client){.box = &b, .number = i, .alone = &alone.body, .good = &good, .busy = &busy};
        assert_int_equal(os_thread_start(&clients[i].thread, ask_all, &clients[i], NULL), AXL_OK);
    }
    size_t wrong = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        os_thread_join(&clients[i].thread);
        wrong += clients[i].wrong;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(good + busy, CLIENTS * requests);
    assert_true(good > CLIENTS * requests / 4);
    http_reply_free(&alone);
    serve_stop(&b);
    assert_int_equal(b.events, CLIENTS * requests + 1);
}

int main(int argc, char **argv) {
    if (argc > 1) requests = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_crowd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
