// The server when memory runs out at any one place: it is not made, or a request is refused, or its
// answer breaks off where the client sees it; then the next request is answered as ever.
#include "support/unit.h"

#include "serve_box.h"
#include "support/failing_alloc.h"

#include <string.h>

static axl_status make(void *ctx, axl_error *err) {
    (void)ctx;
    static const char *const texts[] = {"one", "two"};
    axl_server_options o = serve_options();
    o.keys = o.hosts = texts;
    o.key_count = o.host_count = COUNT_OF(texts);
    axl_server *server;
    axl_status status = axl_server_create(&server, &o, err);
    if (status == AXL_OK) status = axl_server_listen(server, err);
    axl_server_free(server);
    return status;
}

static void test_make(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(make, NULL) > 20);
}

static const serve_question asked[] = {
    {.method = "POST",
     .path = "/v1/completions",
     .body =
         "{\"prompt\": \"ab\", \"max_tokens\": 8, \"n\": 2, \"logprobs\": 1, \"stop\": \"zz\"}"},
    {.method = "POST",
     .path = "/v1/chat/completions",
     .body = "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"max_tokens\": 8, "
             "\"stream\": true}"},
    {.method = "POST", .path = "/v1/embeddings", .body = "{\"input\": [\"a\", \"b\"]}"},
    {.method = "GET", .path = "/api/tags"},
    {.method = "GET", .path = "/metrics"},
    {.method = "GET", .path = "/slots"},
    {.method = "GET", .path = "/"},
    {.method = "OPTIONS", .path = "/v1/models", .fields = {{"Origin", "http://localhost"}}},
};

// The client is in this process too, so that it is hit as well: then it has no whole reply. False:
// there are not so many allocations.
static bool ask_starved(serve_box *b, const serve_question *q, size_t n) {
    http_reply reply;
    const size_t before = failing_alloc_failures();
    failing_alloc_fail_at(n, false);
    const axl_status status = serve_try(b, q, &reply);
    const bool hit = failing_alloc_failures() > before;
    failing_alloc_fail_at(0, false);
    const int http = reply.status;
    if (status == AXL_OK && http != 200 && http != 204 && http != 500 && http != 503)
        fail_msg("%s without allocation %zu: status %d", q->path, n, http);
    if (status != AXL_OK) assert_true(status == AXL_NO_MEMORY || status == AXL_IO);
    http_reply_free(&reply);
    reply = serve_ask(b, q);
    if (reply.status != 200 && reply.status != 204)
        fail_msg("%s after allocation %zu: status %d", q->path, n, reply.status);
    http_reply_free(&reply);
    return hit;
}

static void test_requests(void **state) {
    (void)state;
    serve_box b;
    failing_alloc_install();
    const axl_server_options o = serve_options();
    serve_start(&b, &o);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        size_t hits = 0;
        for (size_t n = 1; n <= 120; n++) hits += ask_starved(&b, &asked[i], n);
        assert_true(hits > 10);
    }
    serve_stop(&b);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_make),
                                       cmocka_unit_test(test_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
