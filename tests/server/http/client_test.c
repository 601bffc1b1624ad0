// The client: addresses, answers of our server, and of a server that says anything, byte by byte.
#include "server/http/client.h"

#include "http/http_box.h"
#include "os/clock.h"
#include "os/scratch.h"
#include "os/socket.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static void addresses_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text, *host;
        unsigned port;
        const char *base;
    } good[] = {
        {"http://127.0.0.1:8880", "127.0.0.1", 8880, ""},
        {"http://localhost", "localhost", 80, ""},
        {"http://localhost:", "localhost", 80, ""},
        {"http://localhost/", "localhost", 80, ""},
        {"http://a.b:1/v1/", "a.b", 1, "/v1"},
        {"http://a/x/y", "a", 80, "/x/y"},
        {"http://[::1]:8880/v1", "::1", 8880, "/v1"},
        {"unix:/run/axl.sock", "/run/axl.sock", 0, ""},
    };
    static const struct {
        const char *text;
        axl_status status;
    } bad[] = {
        {"", AXL_BAD_ARGUMENT},
        {"localhost:8880", AXL_BAD_ARGUMENT},
        {"ftp://a", AXL_BAD_ARGUMENT},
        {"https://a", AXL_UNSUPPORTED},
        {"http://", AXL_BAD_ARGUMENT},
        {"http:///v1", AXL_BAD_ARGUMENT},
        {"http://a:0", AXL_BAD_ARGUMENT},
        {"http://a:65536", AXL_BAD_ARGUMENT},
        {"http://a:b", AXL_BAD_ARGUMENT},
        {"http://u@a", AXL_BAD_ARGUMENT},
        {"http://[::1", AXL_BAD_ARGUMENT},
        {"http://a?b", AXL_BAD_ARGUMENT},
        {"http://a/b?c", AXL_BAD_ARGUMENT},
        {"http://a/b#c", AXL_BAD_ARGUMENT},
        {"http://a/b c", AXL_BAD_ARGUMENT},
        {"http://a/b\r\nc", AXL_BAD_ARGUMENT},
        {"unix:relative", AXL_BAD_ARGUMENT},
    };
    http_url url;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(http_url_read(&url, good[i].text, NULL), AXL_OK);
        assert_string_equal(url.host, good[i].host);
        assert_int_equal(url.port, good[i].port);
        assert_string_equal(url.base, good[i].base);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        axl_error err = {0};
        if (http_url_read(&url, bad[i].text, &err) != bad[i].status) fail_msg("%s", bad[i].text);
        assert_true(err.text[0] != '\0');
    }
    char text[600];
    for (size_t size = 255; size <= 256; size++) { // the longest name, and one more
        memset(text, 'a', sizeof text);
        memcpy(text, "http://", 7);
        text[7 + size] = '\0';
        assert_int_equal(http_url_read(&url, text, NULL), size == 255 ? AXL_OK : AXL_BAD_ARGUMENT);
    }
}

// ---- our server

static http_box box;
static http_url to;
static http_reply reply;

static axl_status ask(const char *method, const char *path, const char *body, axl_error *err) {
    static const http_field fields[] = {{"X-Ask", "1"}};
    const http_call call = {.to = &to,
                            .method = method,
                            .path = path,
                            .fields = fields,
                            .field_count = 1,
                            .body = body,
                            .size = body ? strlen(body) : 0,
                            .timeout_ns = TEST_WAIT_NS,
                            .reply_max = 1000000};
    return http_call_run(&reply, &call, err);
}

static void ask_all(void) {
    assert_int_equal(ask("GET", "/now", NULL, NULL), AXL_OK);
    assert_int_equal(reply.status, 200);
    assert_string_equal(buf_string(&reply.body), "now");
    assert_string_equal(http_reply_field(&reply, "content-type"), "text/plain");
    assert_null(http_reply_field(&reply, "X-None"));
    http_reply_free(&reply);
    assert_int_equal(ask("POST", "/echo", "some text", NULL), AXL_OK);
    assert_string_equal(buf_string(&reply.body), "some text");
    http_reply_free(&reply);
    assert_int_equal(ask("GET", "/stream?7", NULL, NULL), AXL_OK);
    assert_int_equal(reply.body.size, 700);
    http_reply_free(&reply);
    assert_int_equal(ask("HEAD", "/now", NULL, NULL), AXL_OK);
    assert_int_equal(reply.body.size, 0);
    http_reply_free(&reply);
    assert_int_equal(ask("GET", "/bare", NULL, NULL), AXL_OK);
    assert_int_equal(reply.status, 204);
    http_reply_free(&reply);
    assert_int_equal(ask("BREW", "/now", NULL, NULL), AXL_OK);
    assert_int_equal(reply.status, 501);
    http_reply_free(&reply);
    assert_int_equal(ask("GET", "/cut?2", NULL, NULL), AXL_IO);
    assert_int_equal(reply.status, 200);
    http_reply_free(&reply);
    assert_int_equal(ask("GET", "/nothing", NULL, NULL), AXL_IO);
    http_reply_free(&reply);
}

static void our_server_is_understood(void **state) {
    (void)state;
    scratch folder;
    scratch_make(&folder);
    const char *path = scratch_path(&folder, "socket");
    box_start(&box, NULL, path);
    to = (http_url){.host = "127.0.0.1", .port = box.port};
    ask_all();
    to = (http_url){.port = 0};
    snprintf(to.host, sizeof to.host, "%s", path);
    ask_all();
    box_stop(&box, TEST_WAIT_NS);
    scratch_remove(&folder);
}

static bool three_pieces(void *ctx, const void *bytes, size_t size) {
    size_t *total = ctx;
    assert_true(size > 0 && *(const char *)bytes == 'f');
    *total += size;
    return *total < 3000;
}

static void a_reply_may_be_left(void **state) {
    (void)state;
    size_t total = 0;
    box_start(&box, NULL, NULL);
    to = (http_url){.host = "127.0.0.1", .port = box.port};
    const http_call call = {.to = &to,
                            .method = "GET",
                            .path = "/flood",
                            .timeout_ns = TEST_WAIT_NS,
                            .reply_max = SIZE_MAX,
                            .sink = three_pieces,
                            .ctx = &total};
    assert_int_equal(http_call_run(&reply, &call, NULL), AXL_OK);
    assert_true(reply.hung && reply.body.size == 0 && total >= 3000);
    http_reply_free(&reply);
    box_wait(&box.gone, 1);
    box_stop(&box, TEST_WAIT_NS);
}

static void patience_ends(void **state) {
    (void)state;
    axl_error err;
    box_start(&box, NULL, NULL);
    to = (http_url){.host = "127.0.0.1", .port = box.port};
    const http_call call = {
        .to = &to, .method = "GET", .path = "/hold", .timeout_ns = 50000000, .reply_max = 1000};
    assert_int_equal(http_call_run(&reply, &call, &err), AXL_BUSY);
    http_reply_free(&reply);
    box_stop(&box, TEST_WAIT_NS);
    assert_int_equal(ask("GET", "/now", NULL, &err), AXL_IO);
    assert_non_null(strstr(err.text, "nobody listens at 127.0.0.1, port "));
    http_reply_free(&reply);
}

// ---- any server

typedef struct answer_case {
    const char *text;
    axl_status status;
    int http;
    const char *body;
} answer_case;

static const answer_case answers[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", AXL_OK, 200, "ab"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", AXL_OK, 200, "ab"},
    {"HTTP/1.1 200\r\n\r\nto the end", AXL_OK, 200, "to the end"},
    {"HTTP/1.0 200 \r\n\r\nto the end", AXL_OK, 200, "to the end"},
    {"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", AXL_OK,
     404, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\nT: "
     "u\r\n\r\n",
     AXL_OK, 200, "abc"},
    {"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", AXL_OK, 304, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", AXL_IO, 200, "ab"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", AXL_IO, 200, "a"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", AXL_IO, 200, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", AXL_IO, 200, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", AXL_IO, 200, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", AXL_TOO_LARGE, 200, ""},
    {"HTTP/1.0 200 OK\r\n\r\n0123456789x", AXL_TOO_LARGE, 200, NULL},
    {"HTTP/1.1 200 OK\r\nA", AXL_IO, 200, ""},
    {"HTTP/1.1 200 OK\r\nA b\r\n\r\n", AXL_IO, 200, ""},
    {"HTTP/1.1 2x0 OK\r\n\r\n", AXL_IO, 0, ""},
    {"HTTP/2 200\r\n\r\n", AXL_IO, 0, ""},
    {"SSH-2.0-OpenSSH\r\n", AXL_IO, 0, ""},
    {"\n", AXL_IO, 0, ""},
    {"", AXL_IO, 0, ""},
};

typedef struct liar {
    os_listener listener;
    const char *text;
    bool bytes; // one by one
} liar;

// Accepts one client, reads a piece of what it says, answers and hangs up.
static void lie(void *ctx) {
    liar *l = ctx;
    int fd;
    os_peer peer;
    char piece[4096];
    size_t moved;
    const uint64_t until = os_clock_ns() + TEST_WAIT_NS;
    while (os_accept(l->listener.fd[0], &fd, &peer) != OS_IO_DONE)
        if (!os_socket_wait(l->listener.fd[0], false, until)) return;
    while (os_socket_receive(fd, piece, sizeof piece, &moved) == OS_IO_WAIT)
        if (!os_socket_wait(fd, false, until)) break;
    for (const char *at = l->text; *at; at += l->bytes ? 1 : strlen(at))
        raw_send(fd, at, l->bytes ? 1 : strlen(at));
    os_socket_finish(fd);
    // Not before the client has gone: nothing of the answer may be lost.
    while (os_socket_receive(fd, piece, sizeof piece, &moved) != OS_IO_END)
        if (!os_socket_wait(fd, false, until)) break;
    os_socket_close(fd);
}

static axl_status ask_liar(liar *l, axl_error *err) {
    os_thread thread;
    const http_call call = {
        .to = &to, .method = "GET", .path = "/", .timeout_ns = TEST_WAIT_NS, .reply_max = 10};
    assert_int_equal(os_thread_start(&thread, lie, l, NULL), AXL_OK);
    const axl_status status = http_call_run(&reply, &call, err);
    os_thread_join(&thread);
    return status;
}

static void any_answer_is_survived(void **state) {
    (void)state;
    liar l;
    assert_int_equal(os_listen(&l.listener, "127.0.0.1", 0, NULL), AXL_OK);
    to = (http_url){.host = "127.0.0.1", .port = l.listener.port};
    for (size_t i = 0; i < 2 * COUNT_OF(answers); i++) {
        const answer_case *c = &answers[i / 2];
        axl_error err = {0};
        l.text = c->text;
        l.bytes = i % 2;
        const axl_status status = ask_liar(&l, &err);
        if (status != c->status || reply.status != c->http)
            fail_msg("%s: %d %d %s", c->text, status, reply.status, err.text);
        if (c->body) assert_string_equal(buf_string(&reply.body), c->body);
        if (status != AXL_OK) assert_true(err.text[0] != '\0');
        http_reply_free(&reply);
    }
    os_listener_close(&l.listener);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),     cmocka_unit_test(our_server_is_understood),
        cmocka_unit_test(a_reply_may_be_left),    cmocka_unit_test(patience_ends),
        cmocka_unit_test(any_answer_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
