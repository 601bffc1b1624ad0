// Slow, greedy and many clients over real sockets: each limit with its status, and a server that
// goes on serving the others.
#include "http/http_box.h"

#include "os/clock.h"
#include "os/fault.h"
#include "os/open_files.h"
#include "os/socket.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST " HTTP/1.1\r\nHost: a\r\n"
#define LAST HOST "Connection: close\r\n\r\n"
#define MS ((uint64_t)1000000)
#define FLOOD 2000

// Nothing is ever late but what a test changes.
static const http_limits patient = {
    .line_bytes = 8192,
    .head_bytes = 16384,
    .fields = 100,
    .body_bytes = 1000,
    .connections = 4096,
    .unread_bytes = 1 << 20,
    .head_ns = TEST_WAIT_NS,
    .body_ns = TEST_WAIT_NS,
    .body_rate = 1,
    .idle_ns = TEST_WAIT_NS,
    .write_ns = TEST_WAIT_NS,
};

static http_box box;
static buf got;

static void start(const http_limits *limits) {
    box_start(&box, limits, NULL);
}

static int stop(void **state) {
    (void)state;
    box_stop(&box, TEST_WAIT_NS);
    buf_free(&got);
    return 0;
}

static void ends_with_status(int fd, int status) {
    char line[32];
    buf_clear(&got);
    raw_to_end(fd, &got);
    os_socket_close(fd);
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(buf_string(&got), line, strlen(line)) != 0)
        fail_msg("no %d but\n%s", status, buf_string(&got));
    assert_int_equal(raw_count(&got, "Connection: close\r\n"), 1);
}

// However often a byte comes.
static void slow_heads_are_cut(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.head_ns = 100 * MS;
    start(&limits);
    const int still = raw_connect(&box), drip = raw_connect(&box);
    const uint64_t begin = os_clock_ns();
    raw_text(still, "GET /now" HOST);
    while (!os_socket_wait(drip, false, os_clock_ns() + 5 * MS)) raw_send(drip, "G", 1);
    assert_true(os_clock_ns() - begin >= 99 * MS);
    ends_with_status(drip, 408);
    ends_with_status(still, 408);
    assert_int_equal(atomic_load(&box.refused), 2);
}

// The time of a head begins anew with each, and does not run while a connection is idle.
static void heads_of_kept_connections_have_their_own_time(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.head_ns = 200 * MS;
    start(&limits);
    const int fd = raw_connect(&box);
    for (size_t i = 1; i <= 4; i++) {
        os_sleep_ns(70 * MS);
        raw_text(fd, "GET /now" HOST "\r\n");
        buf_clear(&got);
        raw_until(fd, &got, "\r\n\r\nnow");
    }
    raw_text(fd, "G");
    ends_with_status(fd, 408);
}

static void slow_bodies_are_cut(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.body_ns = 100 * MS;
    limits.body_rate = 1000000;
    start(&limits);
    const int still = raw_connect(&box), drip = raw_connect(&box), chunks = raw_connect(&box);
    raw_text(still, "POST /echo" HOST "Content-Length: 10\r\n\r\n");
    raw_text(chunks, "POST /echo" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\n");
    raw_text(drip, "POST /echo" HOST "Content-Length: 1000\r\n\r\n");
    while (!os_socket_wait(drip, false, os_clock_ns() + 5 * MS)) raw_send(drip, "x", 1);
    ends_with_status(drip, 408);
    ends_with_status(still, 408);
    assert_int_equal(raw_count(&got, "\"path\": \"/echo\""), 1);
    ends_with_status(chunks, 408);
}

// Bytes that have come give time for more.
static void steady_bodies_are_waited_for(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.body_ns = 50 * MS;
    limits.body_rate = 1; // a second for each
    start(&limits);
    const int fd = raw_connect(&box);
    raw_text(fd, "POST /echo" HOST "Content-Length: 24\r\n\r\nfor twenty seconds, ");
    os_sleep_ns(150 * MS);
    raw_text(fd, "more");
    raw_until(fd, &got, "\r\n\r\nfor twenty seconds, more");
    os_socket_close(fd);
}

static void idle_connections_are_closed(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.idle_ns = 1000 * MS;
    start(&limits);
    const int fresh = raw_connect(&box), kept = raw_connect(&box);
    raw_text(kept, "GET /now" HOST "\r\n");
    raw_to_end(kept, &got);
    assert_int_equal(raw_count(&got, "HTTP/1.1 "), 1);
    buf_clear(&got);
    raw_to_end(fresh, &got);
    assert_int_equal(got.size, 0);
    os_socket_close(fresh);
    os_socket_close(kept);
}

// One whose answer takes long is not idle.
static void waiting_for_an_answer_is_not_idle(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.idle_ns = limits.head_ns = limits.body_ns = limits.write_ns = 1000 * MS;
    start(&limits);
    const int fd = raw_connect(&box);
    raw_text(fd, "GET /hold" HOST "\r\n");
    raw_until(fd, &got, "held");
    os_sleep_ns(1100 * MS);
    box_release(&box);
    raw_to_end(fd, &got);
    assert_int_equal(raw_count(&got, "free\r\n0\r\n\r\n"), 1);
    os_socket_close(fd);
}

static void who_takes_nothing_is_cut(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.write_ns = 100 * MS;
    start(&limits);
    const int fd = raw_connect(&box);
    raw_text(fd, "GET /stuck?50000000" HOST "\r\n");
    box_wait(&box.gone, 1);
    raw_to_end(fd, &got);
    assert_true(got.size < 50000000);
    os_socket_close(fd);
}

static void lines_and_heads_have_limits(void **state) {
    (void)state;
    buf text = {0};
    start(&patient);
    for (size_t more = 0; more < 2; more++) {
        buf_clear(&text);
        buf_text(&text, "GET /now?");
        buf_fill(&text, 'x', 8192 - strlen("GET /now? HTTP/1.1") + more);
        buf_text(&text, LAST);
        buf_clear(&got);
        raw_ask(&box, text.data, more ? 414 : 200, &got);
        buf_clear(&text);
        buf_text(&text, "GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ");
        buf_fill(&text, 'x', 16384 - strlen("Host: a##Connection: close##X: ##") + more);
        buf_text(&text, "\r\n\r\n");
        buf_clear(&got);
        raw_ask(&box, text.data, more ? 431 : 200, &got);
        buf_clear(&text);
        buf_text(&text, "GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        for (size_t i = 0; i < 98 + more; i++) buf_text(&text, "x:y\r\n");
        buf_text(&text, "\r\n");
        buf_clear(&got);
        raw_ask(&box, text.data, more ? 431 : 200, &got);
        buf_clear(&text);
        buf_format(&text,
                   "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   1000 + more);
        buf_fill(&text, 'x', 1000 + more);
        buf_clear(&got);
        raw_ask(&box, text.data, more ? 413 : 200, &got);
    }
    buf_free(&text);
}

static void too_many_connections_are_told_so(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.connections = 3;
    int kept[3], over[8];
    start(&limits);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        kept[i] = raw_connect(&box);
        raw_text(kept[i], "GET /hold" HOST "\r\n");
    }
    box_wait(&box.held, COUNT_OF(kept));
    for (size_t i = 0; i < COUNT_OF(over); i++) {
        over[i] = raw_connect(&box);
        raw_text(over[i], "GET /now" HOST "\r\n");
    }
    for (size_t i = 0; i < COUNT_OF(over); i++) {
        ends_with_status(over[i], 503);
        assert_int_equal(raw_count(&got, "Retry-After: 1\r\n"), 1);
    }
    box_release(&box);
    for (size_t i = 0; i < COUNT_OF(kept); i++) os_socket_close(kept[i]);
    box_wait(&box.done, COUNT_OF(kept));
    // There is room again as soon as the refused ones have gone.
    buf_clear(&got);
    raw_ask(&box, "GET /now" LAST, 200, &got);
}

// As in a browser that keeps connections for later.
static void silent_ones_over_the_limit_are_let_go(void **state) {
    (void)state;
    http_limits limits = patient;
    limits.connections = 1;
    start(&limits);
    const int kept = raw_connect(&box);
    raw_text(kept, "GET /hold" HOST "\r\n");
    box_wait(&box.held, 1);
    const int silent = raw_connect(&box);
    raw_to_end(silent, &got);
    assert_int_equal(got.size, 0);
    os_socket_close(silent);
    os_socket_close(kept);
}

// By the count of allocations; the system's own buffers are empty.
static void idle_connections_cost_little(void **state) {
    (void)state;
    enum { KEPT = 200, WRITTEN = 60000 };
    static int fds[KEPT];
    buf text = {0};
    http_limits limits = patient;
    limits.body_bytes = WRITTEN;
    failing_alloc_install();
    start(&limits);
    const size_t before = failing_alloc_live_bytes();
    buf_format(&text, "POST /echo" HOST "Content-Length: %d\r\n\r\n", WRITTEN);
    buf_fill(&text, 'x', WRITTEN);
    buf_text(&text, "GET /now" HOST "\r\n");
    for (size_t i = 0; i < KEPT; i++) {
        fds[i] = raw_connect(&box);
        raw_send(fds[i], text.data, text.size);
        buf_clear(&got);
        raw_until(fds[i], &got, "\r\n\r\nnow");
    }
    buf_free(&text);
    buf_free(&got);
    // The last one may still hold what it is about to give back.
    const uint64_t until = os_clock_ns() + TEST_WAIT_NS;
    while (failing_alloc_live_bytes() > before + KEPT * 1600 && os_clock_ns() < until) os_yield();
    const size_t cost = (failing_alloc_live_bytes() - before) / KEPT;
    print_message("an idle connection costs %zu bytes\n", cost);
    assert_true(cost <= 1600);
    for (size_t i = 0; i < KEPT; i++) os_socket_close(fds[i]);
    box_stop(&box, TEST_WAIT_NS);
    failing_alloc_remove();
    start(&patient); // for the end of the test
}

// ---- descriptors

static atomic_int accepts, crowded;

static int no_descriptor(void *ctx, os_call call) {
    (void)ctx;
    if (call != OS_CALL_ACCEPT) return 0;
    atomic_fetch_add(&accepts, 1);
    return atomic_load(&crowded) ? EMFILE : 0;
}

static void without_descriptors_nothing_spins(void **state) {
    (void)state;
    const os_fault fault = {no_descriptor, NULL};
    atomic_store(&crowded, 1);
    start(&patient);
    const int kept = raw_connect(&box);
    raw_text(kept, "GET /now" HOST "\r\n");
    raw_until(kept, &got, "\r\n\r\nnow");
    os_fault_set(&fault);
    const int late = raw_connect(&box);
    raw_text(late, "GET /now" LAST);
    const uint64_t begin = os_clock_ns();
    while (atomic_load(&accepts) < 3) os_yield();
    // A try, and one every 100 ms.
    assert_true(os_clock_ns() - begin >= 190 * MS);
    // Those who are there are served meanwhile.
    buf_clear(&got);
    raw_text(kept, "GET /now" HOST "\r\n");
    raw_until(kept, &got, "\r\n\r\nnow");
    atomic_store(&crowded, 0);
    buf_clear(&got);
    raw_to_end(late, &got);
    assert_int_equal(raw_count(&got, "\r\n\r\nnow"), 1);
    os_fault_set(NULL);
    os_socket_close(late);
    os_socket_close(kept);
}

// ---- many

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Prints what good requests take beside 2,000 that were sent half.
static void a_flood_of_halves_is_no_burden(void **state) {
    (void)state;
    static int fds[FLOOD];
    static uint64_t times[400];
    http_limits limits = patient;
    limits.head_ns = 3000 * MS;
    if (os_open_files_allow(2 * FLOOD + 200) < 2 * FLOOD + 200) {
        start(&patient);
        skip();
    }
    start(&limits);
    for (size_t i = 0; i < FLOOD; i++) {
        fds[i] = raw_connect(&box);
        raw_text(fds[i], i % 2 ? "GET /now HTTP/1.1\r\nHost: a\r\nX: " : "POST /echo HT");
    }
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        const uint64_t begin = os_clock_ns();
        buf_clear(&got);
        raw_ask(&box, "GET /now" LAST, 200, &got);
        times[i] = os_clock_ns() - begin;
    }
    qsort(times, COUNT_OF(times), sizeof *times, by_value);
    print_message("beside %d half-sent requests: median %.3f ms, p99 %.3f ms, worst %.3f ms\n",
                  FLOOD, (double)times[COUNT_OF(times) / 2] / 1e6,
                  (double)times[COUNT_OF(times) * 99 / 100] / 1e6,
                  (double)times[COUNT_OF(times) - 1] / 1e6);
    for (size_t i = 0; i < FLOOD; i++) ends_with_status(fds[i], 408);
    assert_int_equal(atomic_load(&box.refused), FLOOD);
    buf_clear(&got);
    raw_ask(&box, "GET /now" LAST, 200, &got);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(slow_heads_are_cut),
        TEST(heads_of_kept_connections_have_their_own_time),
        TEST(slow_bodies_are_cut),
        TEST(steady_bodies_are_waited_for),
        TEST(idle_connections_are_closed),
        TEST(waiting_for_an_answer_is_not_idle),
        TEST(who_takes_nothing_is_cut),
        TEST(lines_and_heads_have_limits),
        TEST(too_many_connections_are_told_so),
        TEST(silent_ones_over_the_limit_are_let_go),
        TEST(idle_connections_cost_little),
        TEST(without_descriptors_nothing_spins),
        TEST(a_flood_of_halves_is_no_burden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
