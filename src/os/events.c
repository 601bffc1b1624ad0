#include "os/system.h"

#include "os/events.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <errno.h>

#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct os_events {
    int epoll, wake;
};

static uint32_t to_system(unsigned what) {
    return (what & OS_EVENT_READ ? (uint32_t)EPOLLIN : 0) |
           (what & OS_EVENT_WRITE ? (uint32_t)EPOLLOUT : 0) |
           (what & OS_EVENT_LEFT ? (uint32_t)EPOLLRDHUP : 0);
}

static unsigned from_system(uint32_t events) {
    return (events & EPOLLIN ? OS_EVENT_READ : 0u) | (events & EPOLLOUT ? OS_EVENT_WRITE : 0u) |
           (events & EPOLLRDHUP ? OS_EVENT_LEFT : 0u) |
           (events & (EPOLLHUP | EPOLLERR) ? OS_EVENT_BROKEN : 0u);
}

static bool control(os_events *e, int how, int fd, struct epoll_event *event) {
    const int number = os_fault_check(OS_CALL_EVENTS);
    if (number) errno = number;
    return number == 0 && epoll_ctl(e->epoll, how, fd, event) == 0;
}

axl_status os_events_open(os_events **out, axl_error *err) {
    *out = NULL;
    os_events *e = mem_alloc(sizeof *e);
    if (!e) return error_no_memory(err, "events", sizeof *e);
    e->epoll = epoll_create1(EPOLL_CLOEXEC);
    e->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = e}};
    if (e->epoll < 0 || e->wake < 0 || !control(e, EPOLL_CTL_ADD, e->wake, &event)) {
        const int number = errno;
        os_events_close(e);
        return os_error(err, number, "cannot watch", "sockets");
    }
    *out = e;
    return AXL_OK;
}

void os_events_close(os_events *e) {
    if (!e) return;
    os_fd_close(e->epoll);
    os_fd_close(e->wake);
    mem_free(e);
}

axl_status os_events_add(os_events *e, int fd, unsigned what, void *of, axl_error *err) {
    struct epoll_event event = {.events = to_system(what), .data = {.ptr = of}};
    if (control(e, EPOLL_CTL_ADD, fd, &event)) return AXL_OK;
    return os_error(err, errno, "cannot watch", "a socket");
}

bool os_events_change(os_events *e, int fd, unsigned what, void *of) {
    struct epoll_event event = {.events = to_system(what), .data = {.ptr = of}};
    return control(e, EPOLL_CTL_MOD, fd, &event);
}

void os_events_remove(os_events *e, int fd) {
    (void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static int wait_ms(uint64_t deadline_ns) {
    const uint64_t now = os_clock_ns();
    if (deadline_ns <= now) return 0;
    const uint64_t ms = (deadline_ns - now - 1) / 1000000 + 1; // never too early
    return ms < 60000 ? (int)ms : 60000;
}

axl_status os_events_wait(os_events *e, os_event_list *out, uint64_t deadline_ns, axl_error *err) {
    struct epoll_event events[OS_EVENTS_MAX];
    out->count = 0;
    const int injected = os_fault_check(OS_CALL_EVENTS);
    if (injected) errno = injected;
    const int ms = wait_ms(deadline_ns);
    const int got = injected ? -1 : epoll_wait(e->epoll, events, OS_EVENTS_MAX, ms);
    if (got < 0 && errno != EINTR) return os_error(err, errno, "cannot wait for", "sockets");
    for (int i = 0; i < got; i++) {
        if (events[i].data.ptr == e) {
            uint64_t times;
            const ssize_t read_bytes = read(e->wake, &times, sizeof times);
            (void)read_bytes; // what matters is that it is empty now
        } else {
            out->event[out->count++] =
                (os_event){events[i].data.ptr, from_system(events[i].events)};
        }
    }
    return AXL_OK;
}

void os_events_wake(os_events *e) {
    const int kept = errno; // of the code that a signal has interrupted
    const uint64_t one = 1;
    const ssize_t written = write(e->wake, &one, sizeof one);
    (void)written; // it fails only where the wake-up is there already
    errno = kept;
}

#else

struct os_events {
    int none;
};

axl_status os_events_open(os_events **out, axl_error *err) {
    *out = NULL;
    return error_set(err, AXL_UNSUPPORTED, "this system has no epoll");
}

void os_events_close(os_events *e) {
    (void)e;
}

axl_status os_events_add(os_events *e, int fd, unsigned what, void *of, axl_error *err) {
    (void)e, (void)fd, (void)what, (void)of;
    return error_set(err, AXL_UNSUPPORTED, "this system has no epoll");
}

bool os_events_change(os_events *e, int fd, unsigned what, void *of) {
    (void)e, (void)fd, (void)what, (void)of;
    return false;
}

void os_events_remove(os_events *e, int fd) {
    (void)e, (void)fd;
}

axl_status os_events_wait(os_events *e, os_event_list *out, uint64_t deadline_ns, axl_error *err) {
    (void)e, (void)deadline_ns;
    out->count = 0;
    return error_set(err, AXL_UNSUPPORTED, "this system has no epoll");
}

void os_events_wake(os_events *e) {
    (void)e;
}

#endif
