// The life of a server: places to listen at, stopping it, many threads that answer at once, and
// system calls that fail.
#include "http/http_box.h"

#include "os/clock.h"
#include "os/fault.h"
#include "os/scratch.h"
#include "os/socket.h"
#include "server/http/client.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HOST " HTTP/1.1\r\nHost: a\r\n"
#define LAST HOST "Connection: close\r\n\r\n"
#define MS ((uint64_t)1000000)

static http_box box;
static buf got;
static scratch folder;

static int make(void **state) {
    (void)state;
    scratch_make(&folder);
    return 0;
}

static int clean(void **state) {
    (void)state;
    os_fault_set(NULL);
    scratch_remove(&folder);
    buf_free(&got);
    return 0;
}

static void ask_path(const char *path, int status, const char *host) {
    int fd;
    char line[32];
    assert_int_equal(os_connect(&fd, path, 0, os_clock_ns() + TEST_WAIT_NS, NULL), AXL_OK);
    buf_clear(&got);
    raw_text(fd, host);
    raw_to_end(fd, &got);
    os_socket_close(fd);
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    assert_int_equal(strncmp(buf_string(&got), line, strlen(line)), 0);
}

// ---- places

static void a_path_is_a_place(void **state) {
    (void)state;
    const char *path = scratch_path(&folder, "socket");
    struct stat info;
    box_start(&box, NULL, path);
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode) && (info.st_mode & 0007) == 0);
    ask_path(path, 200, "GET /now" LAST);
    raw_ask(&box, "GET /now" LAST, 200, &got);
    box_stop(&box, TEST_WAIT_NS);
    assert_int_equal(lstat(path, &info), -1);
}

static axl_status try_listen(const char *host, unsigned port, axl_error *err) {
    os_listener l;
    const axl_status status = os_listen(&l, host, port, err);
    if (status == AXL_OK) os_listener_close(&l);
    return status;
}

static void what_is_taken_is_told(void **state) {
    (void)state;
    axl_error err;
    const char *path = scratch_path(&folder, "socket");
    box_start(&box, NULL, path);
    assert_true(box.port > 0);
    assert_int_equal(try_listen("127.0.0.1", box.port, &err), AXL_IO);
    assert_non_null(strstr(err.text, "is in use"));
    assert_int_equal(try_listen(path, 0, &err), AXL_IO);
    assert_non_null(strstr(err.text, "is in use"));
    ask_path(path, 200, "GET /now" LAST); // and it still is
    box_stop(&box, TEST_WAIT_NS);
}

// kill -9 leaves the file; a file of another kind is not touched.
static void a_dead_path_is_taken_over(void **state) {
    (void)state;
    const char *path = scratch_path(&folder, "socket"), *file = scratch_path(&folder, "file");
    struct sockaddr_un at;
    axl_error err;
    assert_true(os_socket_path(&at, path));
    const int fd = os_socket_make(AF_UNIX);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    os_socket_close(fd);
    box_start(&box, NULL, path);
    ask_path(path, 200, "GET /now" LAST);
    box_stop(&box, TEST_WAIT_NS);
    scratch_text(file, "text");
    assert_int_equal(try_listen(file, 0, &err), AXL_IO);
    assert_true(scratch_holds(file, "text", 4));
}

// Somebody has put another socket there since: it stays.
static void only_our_own_path_is_removed(void **state) {
    (void)state;
    const char *path = scratch_path(&folder, "socket");
    os_listener first, second;
    struct stat info;
    assert_int_equal(os_listen(&first, path, 0, NULL), AXL_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(os_listen(&second, path, 0, NULL), AXL_OK);
    os_listener_close(&first);
    assert_int_equal(lstat(path, &info), 0);
    os_listener_close(&second);
    assert_int_equal(lstat(path, &info), -1);
}

static void places_that_cannot_be_are_refused(void **state) {
    (void)state;
    axl_error err;
    char path[200] = "/";
    memset(path + 1, 'x', sizeof path - 2);
    assert_int_equal(try_listen(path, 0, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(try_listen("127.0.0.1", 65536, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(try_listen("192.0.2.1", 0, &err), AXL_IO); // of no machine
    assert_int_equal(try_listen("no-such-host.invalid", 0, &err), AXL_NOT_FOUND);
    assert_int_equal(try_listen(scratch_path(&folder, "a/b"), 0, &err), AXL_NOT_FOUND);
}

// ---- stopping

static void stopping_ends_what_is_idle(void **state) {
    (void)state;
    box_start(&box, NULL, NULL);
    const int fd = raw_connect(&box), half = raw_connect(&box);
    raw_text(fd, "GET /now" HOST "\r\n");
    raw_until(fd, &got, "\r\n\r\nnow");
    raw_text(half, "GET /now HT");
    raw_ask(&box, "GET /now" LAST, 200, &got); // by now the half is there
    box_stop(&box, TEST_WAIT_NS);
    buf_clear(&got);
    raw_to_end(fd, &got);
    assert_int_equal(got.size, 0);
    raw_to_end(half, &got);
    assert_int_equal(raw_count(&got, "HTTP/1.1 503 "), 1);
    os_socket_close(fd);
    os_socket_close(half);
}

static void stopping_waits_for_what_runs(void **state) {
    (void)state;
    axl_error err;
    box_start(&box, NULL, NULL);
    const int fd = raw_connect(&box);
    raw_text(fd, "GET /hold" HOST "\r\nGET /now" LAST);
    raw_until(fd, &got, "held");
    http_stop(box.server, TEST_WAIT_NS);
    int late;
    for (;;) { // until nobody listens any more
        const uint64_t until = os_clock_ns() + TEST_WAIT_NS;
        const axl_status status = os_connect(&late, "127.0.0.1", box.port, until, &err);
        if (status != AXL_OK) break;
        os_socket_close(late);
    }
    box_release(&box);
    raw_to_end(fd, &got);
    assert_int_equal(raw_count(&got, "free\r\n0\r\n\r\n"), 1); // whole, and the next is not begun
    assert_int_equal(raw_count(&got, "HTTP/1.1 "), 1);
    os_socket_close(fd);
    box_stop(&box, 0);
}

static void stopping_does_not_wait_longer(void **state) {
    (void)state;
    box_start(&box, NULL, NULL);
    const int fd = raw_connect(&box);
    raw_text(fd, "GET /hold" HOST "\r\n");
    raw_until(fd, &got, "held");
    http_stop(box.server, TEST_WAIT_NS);
    const uint64_t begin = os_clock_ns();
    box_stop(&box, 50 * MS); // the earlier deadline counts
    assert_true(os_clock_ns() - begin >= 49 * MS && os_clock_ns() - begin < TEST_WAIT_NS / 2);
    assert_int_equal(atomic_load(&box.gone), 1);
    raw_to_end(fd, &got);
    assert_int_equal(raw_count(&got, "free"), 0);
    os_socket_close(fd);
}

static http_server *to_stop;

static void on_signal(int number) {
    (void)number;
    http_stop(to_stop, TEST_WAIT_NS);
}

static void a_signal_may_stop_it(void **state) {
    (void)state;
    const struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    box_start(&box, NULL, NULL);
    to_stop = box.server;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    assert_int_equal(raise(SIGUSR1), 0);
    box_wait(&box.ended, 1);
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
    box_stop(&box, 0);
}

static void it_may_be_stopped_before_it_runs(void **state) {
    (void)state;
    const http_handler handler = {NULL, NULL, NULL, NULL, NULL};
    const http_place place = {"localhost", 0};
    http_server *s;
    unsigned port;
    assert_int_equal(http_create(&s, &handler, NULL, NULL), AXL_OK);
    assert_int_equal(http_listen(s, &place, &port, NULL), AXL_OK);
    http_stop(s, TEST_WAIT_NS);
    assert_int_equal(http_run(s, NULL), AXL_OK);
    http_free(s);
    http_free(NULL);
}

// ---- many threads

#define CLIENTS 32
#define ASKS 60

typedef struct client {
    os_thread thread;
    uint64_t state; // of its random numbers
    size_t answered, left;
} client;

static uint64_t random_of(client *c) {
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return c->state;
}

// Asks for this and that; some hang up in the middle.
static void ask_often(void *ctx) {
    client *c = ctx;
    static const char *const asks[] = {"GET /now" LAST, "GET /later" LAST, "GET /stream?200" LAST,
                                       "GET /cut?20" LAST,
                                       "POST /echo" HOST
                                       "Connection: close\r\n"
                                       "Content-Length: 3\r\n\r\nabc"};
    static const char *const ends[] = {"\r\n\r\nnow", "\r\n\r\nlater", "\r\n0\r\n\r\n", "pppp\r\n",
                                       "\r\n\r\nabc"};
    for (size_t i = 0; i < ASKS; i++) {
        const size_t k = random_of(c) % COUNT_OF(asks);
        const int fd = raw_connect(&box);
        buf reply = {0};
        raw_text(fd, asks[k]);
        if (random_of(c) % 4 > 0) {
            raw_to_end(fd, &reply);
            c->answered +=
                raw_count(&reply, "HTTP/1.1 200 OK") == 1 && raw_count(&reply, ends[k]) >= 1;
        } else {
            c->left++;
        }
        os_socket_close(fd);
        buf_free(&reply);
    }
}

static void many_threads_answer_many_clients(void **state) {
    (void)state;
    static client clients[CLIENTS];
    size_t answered = 0, left = 0;
    box_start(&box, NULL, NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (client){.state = 0x9E3779B97F4A7C15u * (i + 1)};
        assert_int_equal(os_thread_start(&clients[i].thread, ask_often, &clients[i], NULL), AXL_OK);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        os_thread_join(&clients[i].thread);
        answered += clients[i].answered;
        left += clients[i].left;
    }
    assert_int_equal(answered + left, CLIENTS * ASKS);
    assert_true(left > 0 && answered > left);
    box_stop(&box, TEST_WAIT_NS);
}

// The server is stopped while all of them are busy, at another moment each time.
static void it_may_be_stopped_at_any_moment(void **state) {
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        int fds[8];
        box_start(&box, NULL, NULL);
        for (size_t k = 0; k < COUNT_OF(fds); k++) {
            fds[k] = raw_connect(&box);
            raw_text(fds[k], k % 2 ? "GET /later" HOST "\r\n" : "GET /flood" HOST "\r\n");
        }
        os_sleep_ns(i * 100000);
        box_stop(&box, i % 3 == 0 ? 0 : 10 * MS);
        for (size_t k = 0; k < COUNT_OF(fds); k++) os_socket_close(fds[k]);
    }
}

// ---- failures

static axl_status create(void *ctx, axl_error *err) {
    const http_handler handler = {NULL, NULL, NULL, NULL, NULL};
    const http_place tcp = {"127.0.0.1", 0}, file = {ctx, 0};
    http_server *s;
    axl_status status = http_create(&s, &handler, NULL, err);
    if (status != AXL_OK) return status;
    status = http_listen(s, &tcp, NULL, err);
    if (status == AXL_OK) status = http_listen(s, &file, NULL, err);
    http_free(s);
    return status;
}

static int countdown;

static int fail_at(void *ctx, os_call call) {
    if (call != *(os_call *)ctx) return 0;
    return --countdown == 0 ? EIO : 0;
}

static void starting_may_fail(void **state) {
    (void)state;
    char path[SCRATCH_PATH_MAX];
    snprintf(path, sizeof path, "%s", scratch_path(&folder, "socket"));
    assert_true(for_each_failing_alloc(create, path) >= 3);
    static os_call calls[] = {OS_CALL_SOCKET, OS_CALL_EVENTS};
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const os_fault fault = {fail_at, &calls[i]};
        int n = 0;
        axl_status status;
        os_fault_set(&fault);
        do {
            axl_error err = {0};
            const int before = scratch_free_descriptor();
            countdown = ++n;
            status = create(path, &err);
            assert_int_equal(status, countdown > 0 ? AXL_OK : AXL_IO);
            assert_int_equal(scratch_free_descriptor(), before);
            assert_int_equal(scratch_count(&folder, ""), 0);
        } while (status != AXL_OK);
        assert_true(n > 2);
        os_fault_set(NULL);
    }
}

// Every call on a connection fails once: that client may be lost, the server is not.
static atomic_int calls_left;

static int fail_once(void *ctx, os_call call) {
    (void)ctx;
    if (call != OS_CALL_SEND && call != OS_CALL_RECV && call != OS_CALL_ACCEPT) return 0;
    return atomic_fetch_sub(&calls_left, 1) == 1 ? ECONNRESET : 0;
}

static int one_byte(void *ctx, os_call call) {
    (void)ctx;
    return call == OS_CALL_SEND || call == OS_CALL_RECV ? OS_FAULT_SHORT : 0;
}

static void connections_may_fail(void **state) {
    (void)state;
    const os_fault once = {fail_once, NULL}, bytes = {one_byte, NULL};
    const http_url to = {.host = "127.0.0.1", .port = 0};
    http_url url = to;
    box_start(&box, NULL, NULL);
    url.port = box.port;
    for (int n = 1; n <= 12; n++) {
        const http_call call = {.to = &url,
                                .method = "POST",
                                .path = "/echo",
                                .body = "abc",
                                .size = 3,
                                .timeout_ns = TEST_WAIT_NS,
                                .reply_max = 1000};
        http_reply reply;
        atomic_store(&calls_left, n);
        os_fault_set(&once);
        const axl_status status = http_call_run(&reply, &call, NULL);
        os_fault_set(NULL);
        assert_true(status == AXL_OK || status == AXL_IO);
        http_reply_free(&reply);
        assert_int_equal(http_call_run(&reply, &call, NULL), AXL_OK);
        assert_string_equal(buf_string(&reply.body), "abc");
        http_reply_free(&reply);
    }
    os_fault_set(&bytes);
    raw_ask(&box, "GET /stream?10" LAST, 200, &got);
    assert_int_equal(raw_count(&got, "\r\n64\r\np"), 10);
    assert_int_equal(raw_count(&got, "\r\n0\r\n\r\n"), 1);
    os_fault_set(NULL);
    box_stop(&box, TEST_WAIT_NS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_path_is_a_place),
        TEST(what_is_taken_is_told),
        TEST(a_dead_path_is_taken_over),
        TEST(only_our_own_path_is_removed),
        TEST(places_that_cannot_be_are_refused),
        TEST(stopping_ends_what_is_idle),
        TEST(stopping_waits_for_what_runs),
        TEST(stopping_does_not_wait_longer),
        TEST(a_signal_may_stop_it),
        TEST(it_may_be_stopped_before_it_runs),
        TEST(many_threads_answer_many_clients),
        TEST(it_may_be_stopped_at_any_moment),
        TEST(starting_may_fail),
        TEST(connections_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
