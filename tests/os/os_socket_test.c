// Sockets: who has connected, what goes through them, what ends them, and calls that fail.
#include "os/socket.h"

#include "os/box.h"
#include "os/clock.h"
#include "os/open_files.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#define WAIT_NS ((uint64_t)30000000000)

static uint64_t soon(void) {
    return os_clock_ns() + WAIT_NS;
}

typedef struct pair {
    os_listener listener;
    int client, server;
    os_peer peer;
} pair;

static void pair_open(pair *p, const char *host) {
    axl_error err;
    if (os_listen(&p->listener, host, 0, &err) != AXL_OK) fail_msg("%s", err.text);
    if (os_connect(&p->client, host, p->listener.port, soon(), &err) != AXL_OK)
        fail_msg("%s", err.text);
    // A name may have several addresses; one of them has the client.
    os_io got = OS_IO_WAIT;
    for (size_t i = 0; got == OS_IO_WAIT; i = (i + 1) % p->listener.count)
        got = os_accept(p->listener.fd[i], &p->server, &p->peer);
    assert_int_equal(got, OS_IO_DONE);
}

static void pair_close(pair *p) {
    os_socket_close(p->client);
    os_socket_close(p->server);
    os_listener_close(&p->listener);
}

static void move_text(int from, int to) {
    char text[16] = "";
    size_t moved;
    assert_int_equal(os_socket_receive(to, text, sizeof text, &moved), OS_IO_WAIT);
    assert_int_equal(moved, 0);
    assert_int_equal(os_socket_send(from, "hello", 5, &moved), OS_IO_DONE);
    assert_int_equal(moved, 5);
    assert_true(os_socket_wait(to, false, soon()));
    assert_int_equal(os_socket_receive(to, text, sizeof text, &moved), OS_IO_DONE);
    assert_int_equal(moved, 5);
    assert_string_equal(text, "hello");
}

static void both_ways(const char *host, const char *start) {
    pair p;
    size_t moved;
    char byte;
    const int before = scratch_free_descriptor();
    pair_open(&p, host);
    assert_true(p.peer.near);
    assert_int_equal(strncmp(p.peer.name, start, strlen(start)), 0);
    move_text(p.client, p.server);
    move_text(p.server, p.client);
    os_socket_finish(p.client);
    assert_true(os_socket_wait(p.server, false, soon()));
    assert_int_equal(os_socket_receive(p.server, &byte, 1, &moved), OS_IO_END);
    move_text(p.server, p.client); // the other way still goes
    pair_close(&p);
    assert_int_equal(scratch_free_descriptor(), before);
}

static void sockets_go_both_ways(void **state) {
    (void)state;
    both_ways("127.0.0.1", "127.0.0.1:");
    both_ways("localhost", "");
    both_ways(scratch_path(&box, "socket"), "unix");
    os_listener six;
    if (os_listen(&six, "::1", 0, NULL) != AXL_OK) return; // a machine without IPv6
    os_listener_close(&six);
    both_ways("::1", "[::1]:");
}

static void nobody_waits_for_nobody(void **state) {
    (void)state;
    pair p;
    char byte;
    size_t moved;
    pair_open(&p, "127.0.0.1");
    const uint64_t begin = os_clock_ns();
    assert_false(os_socket_wait(p.server, false, begin + 20000000));
    assert_true(os_clock_ns() - begin >= 20000000);
    assert_int_equal(os_accept(p.listener.fd[0], &(int){0}, &p.peer), OS_IO_WAIT);
    os_socket_reset(p.client);
    assert_true(os_socket_wait(p.server, false, soon()));
    assert_int_equal(os_socket_receive(p.server, &byte, 1, &moved), OS_IO_END);
    assert_int_equal(os_socket_send(p.server, "x", 1, &moved), OS_IO_END); // and no signal
    p.client = -1;
    pair_close(&p);
}

static void connecting_tells_why_not(void **state) {
    (void)state;
    axl_error err;
    int fd;
    os_listener l;
    assert_int_equal(os_listen(&l, "127.0.0.1", 0, NULL), AXL_OK);
    const unsigned port = l.port;
    os_listener_close(&l);
    assert_int_equal(os_connect(&fd, "127.0.0.1", port, soon(), &err), AXL_IO);
    assert_non_null(strstr(err.text, "nobody listens at 127.0.0.1, port "));
    assert_int_equal(fd, -1);
    assert_int_equal(os_connect(&fd, scratch_path(&box, "none"), 0, soon(), &err), AXL_IO);
    assert_int_equal(os_connect(&fd, "no-such-host.invalid", 1, soon(), &err), AXL_NOT_FOUND);
    char path[200] = "/";
    memset(path + 1, 'x', sizeof path - 2);
    path[sizeof path - 1] = '\0';
    assert_int_equal(os_connect(&fd, path, 0, soon(), &err), AXL_BAD_ARGUMENT);
}

static void failures_are_told(void **state) {
    (void)state;
    pair p;
    fault_plan plan;
    size_t moved;
    char bytes[5];
    int fd;
    pair_open(&p, "127.0.0.1");
    fault_plan_set(&plan, OS_CALL_SEND, 1, false, EINTR);
    assert_int_equal(os_socket_send(p.client, "hello", 5, &moved), OS_IO_DONE);
    fault_plan_set(&plan, OS_CALL_SEND, 1, false, OS_FAULT_SHORT);
    assert_int_equal(os_socket_send(p.client, "hello", 5, &moved), OS_IO_DONE);
    assert_int_equal(moved, 1);
    fault_plan_set(&plan, OS_CALL_SEND, 1, false, EPIPE);
    assert_int_equal(os_socket_send(p.client, "hello", 5, &moved), OS_IO_END);
    fault_plan_set(&plan, OS_CALL_RECV, 1, false, EINTR);
    assert_true(os_socket_wait(p.server, false, soon()));
    assert_int_equal(os_socket_receive(p.server, bytes, sizeof bytes, &moved), OS_IO_DONE);
    fault_plan_set(&plan, OS_CALL_RECV, 1, false, EIO);
    assert_int_equal(os_socket_receive(p.server, bytes, sizeof bytes, &moved), OS_IO_END);
    static const struct {
        int number;
        os_io outcome;
    } accepts[] = {{EMFILE, OS_IO_CROWDED}, {ENFILE, OS_IO_CROWDED},    {ENOMEM, OS_IO_CROWDED},
                   {EAGAIN, OS_IO_WAIT},    {ECONNABORTED, OS_IO_WAIT}, {EINTR, OS_IO_WAIT}};
    for (size_t i = 0; i < COUNT_OF(accepts); i++) {
        fault_plan_set(&plan, OS_CALL_ACCEPT, 1, false, accepts[i].number);
        assert_int_equal(os_accept(p.listener.fd[0], &fd, &p.peer), accepts[i].outcome);
    }
    const int before = scratch_free_descriptor();
    for (size_t n = 1; n <= 2; n++) { // making it, connecting it
        axl_error err;
        fault_plan_set(&plan, OS_CALL_SOCKET, n, false, EMFILE);
        assert_int_equal(os_connect(&fd, "127.0.0.1", p.listener.port, soon(), &err), AXL_IO);
        assert_non_null(strstr(err.text, strerror(EMFILE)));
        assert_int_equal(scratch_free_descriptor(), before);
    }
    fault_plan_clear();
    pair_close(&p);
}

static void more_open_files_may_be_had(void **state) {
    (void)state;
    struct rlimit before, lower;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    lower = before;
    lower.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &lower), 0);
    assert_int_equal(os_open_files_allow(80), 80);
    assert_int_equal(os_open_files_allow(70), 80); // never less
    assert_true(os_open_files_allow(SIZE_MAX / 2) >= 80);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &lower), 0);
    assert_true(lower.rlim_cur >= 80 && lower.rlim_max == before.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(sockets_go_both_ways),       BOXED(nobody_waits_for_nobody),
        BOXED(connecting_tells_why_not),   BOXED(failures_are_told),
        BOXED(more_open_files_may_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
