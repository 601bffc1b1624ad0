// A program that is not trusted: started with nothing of this process but four channels, under
// limits, and talked to while it runs. What confines it (namespaces, system calls) is up to the
// program that is started; os/confinement.h tells whether it did.
#ifndef OS_CHILD_H
#define OS_CHILD_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Descriptors of the program beside its standard ones.
#define OS_CHILD_GIFT 3                   // gift can be read there, and then its end
#define OS_CHILD_REPORT 4                 // what it writes there is for os_child_report
#define OS_CHILD_GIFT_MAX ((size_t)65536) // what a pipe holds

// Hard limits of the system, each for one process.
typedef struct os_child_limits {
    uint64_t cpu_seconds; // a second later it is killed
    uint64_t memory;      // bytes of address space
    uint64_t file;        // bytes of a file
    uint64_t open_files;
} os_child_limits;

// Everything is borrowed for the call.
typedef struct os_child_spec {
    const char *const *argv; // argv[0] is a path; NULL at the end
    const char *const *env;  // NULL at the end
    const void *gift;
    size_t gift_size; // at most OS_CHILD_GIFT_MAX
    os_child_limits limits;
} os_child_spec;

// The fields are private.
typedef struct os_child {
    pid_t pid;
    int in, out, err, report; // our ends; -1: closed
    int inner;                // a handle of the process that os_child_follow named; -1: none
} os_child;

// The program runs in a session of its own, with no core files and no locked memory. Where this
// process is root it runs as the user 65534, whom nothing belongs to: the system does not count
// root's processes. On success os_child_end must follow.
axl_status os_child_start(os_child *c, const os_child_spec *spec, axl_error *err);

// Asked several times a second; true ends the waiting.
typedef bool os_child_stop(void *ctx);

typedef enum os_child_state {
    OS_CHILD_ENOUGH, // out holds what was asked for
    OS_CHILD_CLOSED, // nobody can write any more
    OS_CHILD_LATE,   // the deadline is over
    OS_CHILD_FULL    // it wrote more than it may
} os_child_state;

// One conversation: fill in what is to be sent and what may come; the rest is kept up.
typedef struct os_child_talk {
    const char *send; // what is left of it; the channel is closed behind the last byte
    size_t send_size;
    buf *out, *err; // owned by the caller; what comes is appended
    size_t out_max, err_max;
    uint64_t deadline; // of os_clock_ns
    os_child_stop *stop;
    void *stop_ctx;
} os_child_talk;

// Sends and takes until out holds `enough` bytes; SIZE_MAX: until both outputs have ended. With
// nothing to send the channel stays open. AXL_INTERRUPTED after stop.
axl_status os_child_talk_run(os_child *c, os_child_talk *t, size_t enough, os_child_state *state,
                             axl_error *err);

// Appends what it reported so far; does not wait.
axl_status os_child_report(os_child *c, buf *to, axl_error *err);

// The process that holds all others: os_child_end kills that one, so that the program which started
// it can wait until the last of them is gone. False where there is no such process.
bool os_child_follow(os_child *c, pid_t inner);

// Ends it, unless it has ended by itself, waits for it and closes everything. Returns its exit
// code, or 128 + the number of the signal that ended it.
int os_child_end(os_child *c, bool kill_it);

#endif
