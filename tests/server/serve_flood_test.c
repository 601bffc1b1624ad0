// Six hundred requests at once, while one client has all slots and 64 requests may wait: every one
// is answered, and who finds no place hears when to come again.
#include "support/unit.h"

#include "serve_box.h"

#include <stdatomic.h>
#include <stdlib.h>

#define FLOOD 600
#define QUEUE 64

typedef struct flood {
    serve_box box;
    atomic_size_t served;  // with 200
    atomic_size_t refused; // with 429 or 503, and a Retry-After
    atomic_size_t lost;    // anything else
    os_thread asking[FLOOD];
    size_t begun;
} flood;

static void ask(void *ctx) {
    flood *f = ctx;
    const serve_question q = {
        .method = "POST", .path = "/v1/completions", .body = "{\"max_tokens\": 1}"};
    http_reply reply;
    const bool ok = serve_try(&f->box, &q, &reply) == AXL_OK;
    const char *retry = http_reply_field(&reply, "Retry-After");
    const bool busy = reply.status == 429 || reply.status == 503;
    if (ok && reply.status == 200)
        atomic_fetch_add(&f->served, 1);
    else if (ok && busy && retry && atoi(retry) > 0)
        atomic_fetch_add(&f->refused, 1);
    else
        atomic_fetch_add(&f->lost, 1);
    http_reply_free(&reply);
}

// The client that has all slots: the flood comes with its first piece, and it leaves when all but
// those who wait have their answers.
static bool hold(void *ctx, const void *bytes, size_t size) {
    flood *f = ctx;
    (void)bytes;
    (void)size;
    for (; f->begun < FLOOD; f->begun++)
        if (os_thread_start(&f->asking[f->begun], ask, f, NULL) != AXL_OK) return false;
    return f->served + f->refused + f->lost < FLOOD - QUEUE;
}

static void test_flood(void **state) {
    (void)state;
    static flood f;
    axl_server_options o = serve_options();
    o.queue = QUEUE;
    serve_start(&f.box, &o);
    const serve_question q = {.method = "POST",
                              .path = "/v1/completions",
                              .body =
                                  "{\"prompt\": \"abc\", \"max_tokens\": 65536, \"n\": 128, "
                                  "\"ignore_eos\": true, \"stream\": true}",
                              .sink = hold,
                              .ctx = &f};
    http_reply reply = serve_ask(&f.box, &q);
    assert_int_equal(reply.status, 200);
    assert_true(reply.hung);
    http_reply_free(&reply);
    assert_int_equal(f.begun, FLOOD);
    for (size_t i = 0; i < FLOOD; i++) os_thread_join(&f.asking[i]);
    print_message("%zu served, %zu refused\n", (size_t)f.served, (size_t)f.refused);
    assert_int_equal(f.lost, 0);
    assert_int_equal(f.served + f.refused, FLOOD);
    assert_true(f.served >= QUEUE);
    assert_true(f.refused > FLOOD / 2);
    serve_stop(&f.box);
    assert_int_equal(f.box.events, FLOOD + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flood)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
