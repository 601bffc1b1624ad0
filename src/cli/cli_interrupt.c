#include "cli/cli_interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

void cli_interrupt_begin(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    // Back to the default after the first: whoever cannot wait for the next step asks twice.
    action.sa_flags |= (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    struct sigaction before;
    // A shell starts background jobs with SIGINT ignored, and it must stay so.
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool cli_interrupted(void) {
    return interrupted != 0;
}
