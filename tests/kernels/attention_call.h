// A problem of attention, its shape and who sees what, and one call of a level with it.
#ifndef AXL_TESTS_ATTENTION_CALL_H
#define AXL_TESTS_ATTENTION_CALL_H

#include "kernels/attention_reference.h"
#include "kernels/harness.h"

// Who sees what.
enum {
    CAUSAL,    // the first floor((t + 1) keys / queries)
    WHOLE,     // everything
    WINDOW,    // causal, the last few only
    DOCUMENTS, // causal, back to the start of one's document
    LATE,      // causal, but the first queries see nothing
    GAPS,      // groups of queries with keys of their own, and keys that nobody sees between them
    SIGHTS
};

typedef struct shape {
    size_t queries, keys, size;
    int sight;
    bool null;
    double sharp; // factor on q: how far apart the scores are
} shape;

typedef struct problem {
    shape shape;
    bool few;
    uint32_t *first, *visible;
    unsigned char *sees; // [queries, keys]
    reference r;
} problem;

void problem_make(problem *p, const shape *s);
void problem_free(problem *p);

// Goes on to the next way to compute a problem, if there is one: of few queries as such.
bool problem_next(problem *p);

// One call of a level, everything between guard pages.
typedef struct call {
    room room;
    attention_forward_args f;
    attention_backward_args b;
    const attention_kernels *kernel;
    float *q, *k, *v, *d_o; // the inputs, for a test that changes some
} call;

// Numbers of rows of n, ld apart, without what lies behind the last.
static inline size_t extent(size_t rows, size_t n, size_t ld) {
    return rows * ld - (ld - n);
}

void call_open(call *c, const problem *p, size_t level, int place);
void call_run(call *c); // forward, then backward
void call_close(call *c);

#endif
