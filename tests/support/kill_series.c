#include "support/kill_series.h"

#include "os/clock.h"
#include "support/unit.h"

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_NS ((uint64_t)2000000)

void kill_report(int report, uint64_t number) {
    if (write(report, &number, sizeof number) != (ssize_t)sizeof number) _exit(99);
}

uint64_t kill_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

// Waits until the time is over or the child has ended, and gives its status. A child that has
// ended stays a zombie until then, so that the kill never meets another process.
static int kill_and_wait(pid_t child, uint64_t delay_ns) {
    int status = 0;
    const uint64_t start = os_clock_ns();
    for (;;) {
        const uint64_t gone = os_clock_ns() - start;
        if (gone >= delay_ns) break;
        if (waitpid(child, &status, WNOHANG) == child) return status;
        os_sleep_ns(delay_ns - gone < POLL_NS ? delay_ns - gone : POLL_NS);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

kill_end kill_after(const kill_victim *v, uint64_t delay_ns) {
    int ends[2];
    kill_end end = {0};
    assert_int_equal(pipe(ends), 0);
    const uint64_t start = os_clock_ns();
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        v->work(v->ctx, ends[1]);
        _exit(98);
    }
    close(ends[1]);
    const int status = kill_and_wait(child, delay_ns);
    end.since = os_clock_ns() - start;
    end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(end.killed || WIFEXITED(status)); // no other signal: it did not crash
    end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    while (read(ends[0], &end.last, sizeof end.last) == (ssize_t)sizeof end.last)
        end.reported = true;
    close(ends[0]);
    return end;
}
