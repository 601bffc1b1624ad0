#include "os/clock.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

static uint64_t read_clock(clockid_t id) {
    struct timespec now;
    // Fails only for a clock that does not exist, and POSIX demands both of ours.
    if (clock_gettime(id, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t os_clock_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t os_wall_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

uint64_t os_thread_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void os_sleep_ns(uint64_t ns) {
    struct timespec left = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}
