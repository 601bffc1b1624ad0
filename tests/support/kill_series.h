// kill -9 at random moments, for every test that promises to survive it.
#ifndef SUPPORT_KILL_SERIES_H
#define SUPPORT_KILL_SERIES_H

#include <stdbool.h>
#include <stdint.h>

// What is killed. It runs in a process of its own and does not come back: it works until it is
// killed, or ends the process. Each thing it has finished it reports with kill_report.
typedef struct kill_victim {
    void (*work)(void *ctx, int report);
    void *ctx;
} kill_victim;

// In the victim. Ends it with code 99 when nobody listens.
void kill_report(int report, uint64_t number);

typedef struct kill_end {
    bool killed;    // false: it ended by itself,
    int code;       // with this exit code
    bool reported;  // there is
    uint64_t last;  // the last number reported
    uint64_t since; // nanoseconds that it lived
} kill_end;

// Starts the victim and kills it after so many nanoseconds, unless it has ended before. Fails the
// cmocka test when that cannot be done, and prints nothing.
kill_end kill_after(const kill_victim *v, uint64_t delay_ns);

// The next of a row of numbers; *state starts as any seed.
uint64_t kill_random(uint64_t *state);

#endif
