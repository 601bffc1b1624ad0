// Waiting for many sockets at once, and for a word from another thread or a signal handler.
#ifndef OS_EVENTS_H
#define OS_EVENTS_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum os_event_kind {
    OS_EVENT_READ = 1,
    OS_EVENT_WRITE = 2,
    OS_EVENT_LEFT = 4,   // the other side has closed, or sends nothing more
    OS_EVENT_BROKEN = 8, // nothing can be sent either; told whether it is watched or not
} os_event_kind;

typedef struct os_event {
    void *of;      // what os_events_add was given
    unsigned what; // os_event_kind, or-ed
} os_event;

#define OS_EVENTS_MAX 64 // told at once; what is over comes with the next wait
typedef struct os_event_list {
    os_event event[OS_EVENTS_MAX]; // [count], one for each socket at most
    size_t count;
} os_event_list;

typedef struct os_events os_events;

// The caller owns *out. AXL_UNSUPPORTED where the system has no epoll.
axl_status os_events_open(os_events **out, axl_error *err);
void os_events_close(os_events *e); // NULL is fine

// A socket is watched until it is removed, which comes before its end: a child process that is just
// being started may keep it alive. It is told again as long as it is so.
axl_status os_events_add(os_events *e, int fd, unsigned what, void *of, axl_error *err);
bool os_events_change(os_events *e, int fd, unsigned what, void *of);
void os_events_remove(os_events *e, int fd);

// Waits until there is something to tell, until the deadline (of os_clock_ns) or os_events_wake.
// out->count may be 0.
axl_status os_events_wait(os_events *e, os_event_list *out, uint64_t deadline_ns, axl_error *err);

// Ends the wait, or the next one. From any thread and from signal handlers.
void os_events_wake(os_events *e);

#endif
