#include "cli/cli_interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t takes_int; // SIGINT was not ignored when we came

// Whom the handler tells. Set before the pointer that it looks at.
static void *volatile tell_ctx;
static cli_interrupt_tell *volatile tell_first;

// Back to the default after the first, of either kind: whoever cannot wait for the next step asks
// twice.
static void on_interrupt(int number) {
    const int before = errno;
    (void)number;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigemptyset(&plain.sa_mask);
    if (takes_int) sigaction(SIGINT, &plain, NULL);
    sigaction(SIGTERM, &plain, NULL);
    interrupted = 1;
    cli_interrupt_tell *tell = tell_first;
    if (tell) tell(tell_ctx);
    errno = before;
}

void cli_interrupt_begin(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    struct sigaction before;
    // A shell starts background jobs with SIGINT ignored, and it must stay so.
    takes_int = sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN;
    if (takes_int) sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

void cli_interrupt_call(cli_interrupt_tell *tell, void *ctx) {
    if (tell) tell_ctx = ctx;
    tell_first = tell;
}

bool cli_interrupted(void) {
    return interrupted != 0;
}

void cli_interrupt_again(void) {
    interrupted = 0;
    cli_interrupt_begin();
}
