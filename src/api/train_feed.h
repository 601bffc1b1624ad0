// What the page of a run is told. The run puts things in, the page's thread takes them out as JSON:
// rows, samples and notes have numbers that ascend together, so that a page asks for those it has
// not seen. Neither waits for the other longer than it takes to copy some rows.
#ifndef API_TRAIN_FEED_H
#define API_TRAIN_FEED_H

#include <axl/train.h>

#include "base/buf.h"
#include "os/thread.h"

#define FEED_ROWS ((size_t)4096) // an even number; where there are more, every second one goes
#define FEED_TEXTS ((size_t)24)  // samples and notes; older ones go
#define FEED_TEXT_BYTES ((size_t)8192)

typedef enum feed_state {
    FEED_PREPARING,
    FEED_RUNNING,
    FEED_EVALUATING,
    FEED_ENDED,
    FEED_STOPPED,
    FEED_FAILED,
} feed_state;

typedef struct feed_row {
    uint64_t number;
    axl_train_row row;
} feed_row;

// A sample, or a note, which has no prompt.
typedef struct feed_text {
    uint64_t number, step;
    bool sample;
    buf prompt, text;
} feed_text;

// All but the lock is behind it.
typedef struct train_feed {
    os_mutex lock;
    uint64_t last; // number of the newest thing
    feed_state state;
    char run[256], message[512];
    bool planned, resulted;
    axl_train_plan plan;
    axl_train_result result;
    char what[64]; // is evaluated
    uint64_t done, total;
    feed_row *rows; // [row_count] of FEED_ROWS, ascending
    size_t row_count;
    feed_text texts[FEED_TEXTS]; // a ring: [text_first], ... [text_count] of them
    size_t text_first, text_count;
} train_feed;

// run: what the page is called by. The caller closes it after success.
axl_status train_feed_open(train_feed *f, const char *run, axl_error *err);
void train_feed_close(train_feed *f);

// ---- the run's side; where memory runs out, the page misses something ----

void train_feed_plan(train_feed *f, const axl_train_plan *plan);
void train_feed_row(train_feed *f, const axl_train_row *row);
void train_feed_note(train_feed *f, const char *text);
void train_feed_sample(train_feed *f, const char *prompt, const void *text, size_t bytes);
void train_feed_evaluation(train_feed *f, const char *what, uint64_t done, uint64_t total);

// state: one of the last three. result: NULL: there is none.
void train_feed_end(train_feed *f, feed_state state, const char *message,
                    const axl_train_result *result);

// ---- the page's side ----

// Everything newer than `after`, and how things stand. *ended: the run has ended, and this says so.
bool train_feed_json(train_feed *f, uint64_t after, buf *out, bool *ended);

#endif
