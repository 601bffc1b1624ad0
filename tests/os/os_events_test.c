// Waiting for sockets: what is told of them, and words from other threads.
#include "os/events.h"

#include "os/box.h"
#include "os/clock.h"
#include "os/socket.h"
#include "os/thread.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <string.h>

#define WAIT_NS ((uint64_t)30000000000)

static os_event_list list;

static unsigned wait_for(os_events *e, void *of) {
    const uint64_t until = os_clock_ns() + WAIT_NS;
    do assert_int_equal(os_events_wait(e, &list, until, NULL), AXL_OK);
    while (list.count == 0 && os_clock_ns() < until);
    assert_int_equal(list.count, 1);
    assert_ptr_equal(list.event[0].of, of);
    return list.event[0].what;
}

static void nothing(os_events *e) {
    assert_int_equal(os_events_wait(e, &list, 0, NULL), AXL_OK);
    assert_int_equal(list.count, 0);
}

static void sockets_tell_what_they_can(void **state) {
    (void)state;
    os_listener l;
    os_peer peer;
    os_events *e;
    int client, server, of = 0;
    size_t moved;
    char bytes[8];
    assert_int_equal(os_listen(&l, "127.0.0.1", 0, NULL), AXL_OK);
    assert_int_equal(os_events_open(&e, NULL), AXL_OK);
    assert_int_equal(os_events_add(e, l.fd[0], OS_EVENT_READ, &l, NULL), AXL_OK);
    nothing(e);
    assert_int_equal(os_connect(&client, "127.0.0.1", l.port, os_clock_ns() + WAIT_NS, NULL),
                     AXL_OK);
    assert_int_equal(wait_for(e, &l), OS_EVENT_READ);
    assert_int_equal(os_accept(l.fd[0], &server, &peer), OS_IO_DONE);
    nothing(e);
    assert_int_equal(os_events_add(e, server, OS_EVENT_READ | OS_EVENT_WRITE, &of, NULL), AXL_OK);
    assert_int_equal(wait_for(e, &of), OS_EVENT_WRITE);
    assert_true(os_events_change(e, server, OS_EVENT_READ | OS_EVENT_LEFT, &of));
    nothing(e);
    assert_int_equal(os_socket_send(client, "x", 1, &moved), OS_IO_DONE);
    assert_int_equal(wait_for(e, &of), OS_EVENT_READ);
    assert_int_equal(wait_for(e, &of), OS_EVENT_READ); // as long as it is so
    assert_int_equal(os_socket_receive(server, bytes, sizeof bytes, &moved), OS_IO_DONE);
    os_socket_finish(client);
    assert_int_equal(wait_for(e, &of), OS_EVENT_READ | OS_EVENT_LEFT);
    assert_true(os_events_change(e, server, 0, &of));
    nothing(e);
    os_socket_reset(client);
    assert_true(wait_for(e, &of) & OS_EVENT_BROKEN); // also where nothing is watched
    os_events_remove(e, server);
    nothing(e);
    os_socket_close(server);
    os_listener_close(&l);
    os_events_close(e);
}

static void wake(void *ctx) {
    os_events_wake(ctx);
}

static void a_word_ends_the_wait(void **state) {
    (void)state;
    os_events *e;
    os_thread thread;
    assert_int_equal(os_events_open(&e, NULL), AXL_OK);
    os_events_wake(e);
    os_events_wake(e);
    assert_int_equal(os_events_wait(e, &list, UINT64_MAX, NULL), AXL_OK); // it was there before
    assert_int_equal(list.count, 0);
    const uint64_t begin = os_clock_ns();
    assert_int_equal(os_events_wait(e, &list, begin + 3000000, NULL), AXL_OK); // but once only
    assert_true(os_clock_ns() >= begin + 3000000);
    assert_int_equal(os_thread_start(&thread, wake, e, NULL), AXL_OK);
    assert_int_equal(os_events_wait(e, &list, UINT64_MAX, NULL), AXL_OK);
    os_thread_join(&thread);
    os_events_close(e);
    os_events_close(NULL);
}

static axl_status open_one(void *ctx, axl_error *err) {
    os_events *e;
    (void)ctx;
    const axl_status status = os_events_open(&e, err);
    os_events_close(e);
    return status;
}

static void failures_are_told(void **state) {
    (void)state;
    os_events *e;
    fault_plan plan;
    axl_error err;
    const int before = scratch_free_descriptor();
    fault_plan_set(&plan, OS_CALL_EVENTS, 1, false, ENOSPC);
    assert_int_equal(os_events_open(&e, &err), AXL_IO);
    assert_null(e);
    assert_int_equal(scratch_free_descriptor(), before);
    fault_plan_clear();
    assert_int_equal(for_each_failing_alloc(open_one, NULL), 1);
    assert_int_equal(os_events_open(&e, NULL), AXL_OK);
    fault_plan_set(&plan, OS_CALL_EVENTS, 1, false, EINTR);
    assert_int_equal(os_events_wait(e, &list, 0, &err), AXL_OK);
    fault_plan_set(&plan, OS_CALL_EVENTS, 1, false, EIO);
    assert_int_equal(os_events_wait(e, &list, 0, &err), AXL_IO);
    fault_plan_set(&plan, OS_CALL_EVENTS, 1, true, ENOSPC);
    assert_int_equal(os_events_add(e, 0, OS_EVENT_READ, e, &err), AXL_IO);
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    assert_false(os_events_change(e, 0, 0, e));
    fault_plan_clear();
    os_events_close(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(sockets_tell_what_they_can),
        BOXED(a_word_ends_the_wait),
        BOXED(failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
