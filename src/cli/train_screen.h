// What a person sees while a training runs: on a terminal one line that changes and never wraps,
// elsewhere a line now and then. All of it goes to stderr.
#ifndef CLI_TRAIN_SCREEN_H
#define CLI_TRAIN_SCREEN_H

#include "cli/train_curve.h"

typedef struct train_screen {
    const char *path; // of the command
    bool live;        // one line that changes
    bool verbose;
    double held;              // bits of the last look; NAN: none yet
    bool begun;               // the two below are known
    double printed;           // seconds of the run at the last plain line
    double seconds, fraction; // where this session was at its first row
    train_curve curve;        // of this session
    int shown;                // permille of the evaluation that the line says
} train_screen;

train_screen train_screen_begin(const char *path, bool verbose);

// The events that write to the screen, which must stay where it is.
axl_train_events train_screen_events(train_screen *s);

// Clears the line.
void train_screen_clear(const train_screen *s);

// At the end of a whole run: clears the line and shows the curve, on a terminal.
void train_screen_end(const train_screen *s);

#endif
