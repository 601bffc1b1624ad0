// Time. Nothing here can fail: the clocks are those that POSIX demands.
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

// Nanoseconds since an arbitrary start; never goes back. For durations and deadlines.
uint64_t os_clock_ns(void);

// Nanoseconds since 1970-01-01 UTC; may jump when somebody sets the clock. For time stamps only.
uint64_t os_wall_ns(void);

// Nanoseconds of processor time that this thread has taken: what a busy machine does not change.
uint64_t os_thread_ns(void);

// Sleeps at least this long: a signal does not cut it short.
void os_sleep_ns(uint64_t ns);

#endif
