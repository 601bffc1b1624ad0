// Ctrl-C and SIGTERM: the first one ends the work at the next step, the second one ends the
// program.
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

// Also ignores SIGPIPE, so that a reader that goes away is a write error like any other.
void cli_interrupt_begin(void);
bool cli_interrupted(void);

// Calls tell(ctx) at the first one, in the signal handler; NULL: nothing is called any more.
typedef void cli_interrupt_tell(void *ctx);
void cli_interrupt_call(cli_interrupt_tell *tell, void *ctx);

// Forgets the last one and listens again: what was to be ended has ended, and the program goes on.
void cli_interrupt_again(void);

#endif
