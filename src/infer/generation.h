// A generation: a session that goes on until something ends it, and the bytes that may be shown.
//
//   generation_begin
//   while (!g.end) { batch_run over its session; generation_take; show g.text up to g.shown }
#ifndef INFER_GENERATION_H
#define INFER_GENERATION_H

#include "base/buf.h"
#include "infer/session.h"
#include "infer/stop.h"

typedef enum generation_end {
    GENERATION_GOES_ON,
    GENERATION_STOP,  // a stop string
    GENERATION_EOS,   // the model ended its text
    GENERATION_BYTES, // as many bytes as were asked for
    GENERATION_TIME   // the time was over
} generation_end;

// Borrows what it points at.
typedef struct generation_options {
    chooser chooser;
    uint64_t most_bytes;     // of the text
    double most_seconds;     // 0: any number
    const stop_string *stop; // [stop_count]
    size_t stop_count;
    bool keep_choices; // for logarithms of probabilities
    bool keep_gates;   // for how the scales were weighted
} generation_options;

// {0} is empty. Read the fields; the arrays are owned.
typedef struct generation {
    session *s; // borrowed
    generation_options options;
    stop_matcher stop;
    uint64_t deadline; // of os_clock_ns; 0: none
    buf text;          // what was chosen, without the stop string
    size_t shown; // bytes of text that are certain: no stop string begins there, no character of
                  // UTF-8 is cut. At the end all of them
    chooser_choice *choices;      // [text.size] with keep_choices
    float (*gates)[MODEL_SCALES]; // [text.size] with keep_gates: fine, medium, coarse
    size_t kept;                  // room in both
    generation_end end;
} generation;

// On failure nothing is left to free. The time runs from here on, the reading of the prompt
// counted.
axl_status generation_begin(generation *g, session *s, const generation_options *o, axl_error *err);
void generation_free(generation *g); // leaves {0}; the session stays

// Chooses symbols while the session is ready, until the end.
axl_status generation_take(generation *g, axl_error *err);

// The name of an end: "stop", "eos", "length", "time".
const char *generation_end_name(generation_end end);

#endif
