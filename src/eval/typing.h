// Lines of files as an editor would complete them: how much of a line is right, and how many keys
// somebody who types it is spared.
//
// A line is typed from the end of its indentation on, with the bytes before it as far as the
// model's context has room for them. At every place the model writes what it expects most, up to
// the end of the line, and the probability of all of it together falls with every byte. What is
// offered is its longest beginning of a probability of at least t, if that is two bytes or more. An
// offer is right when all of it stands there next: then one key accepts it. Else, and without an
// offer, a byte costs a key. Every offer that is shown counts, also one that only goes on.
//
// t is chosen so that a given share of offers is right, on one half of the lines, and the result is
// that of the other half, and the other way round: no line has a say in the t that it is typed
// with.
#ifndef EVAL_TYPING_H
#define EVAL_TYPING_H

#include "eval/eval_document.h"
#include "eval/trial.h"
#include "infer/engine.h"

#define TYPING_LEAST ((size_t)4)  // bytes of a line behind its indentation
#define TYPING_MOST ((size_t)100) // and at most; longer ones are left out, and counted

// What the model wrote at a place: `count` bytes, of which the first `right` stand there.
typedef struct typing_spot {
    size_t first; // the probability of its first byte in typing.odds
    uint32_t count, right;
} typing_spot;

typedef struct typing_line {
    char *text; // owned: [before] bytes of context and indentation, then [size] that are typed
    size_t before, size;
    typing_spot *spots; // [size], owned
    bool returns;       // it ends with \r\n
    bool exact;         // at the first place all of it is right, and the end of the line
} typing_line;

// {0} is empty.
typedef struct typing {
    typing_line *lines; // [count], owned
    size_t count;
    uint64_t found, too_long; // lines of the files, of TYPING_LEAST bytes or more
    float *odds;              // [odd_count], owned: logarithms of probabilities, falling in a spot
    size_t odd_count, odd_room;
} typing;

// Takes `wanted` lines (0: all), evenly spread over all that are there. AXL_BAD_FILE where there is
// none.
typedef struct typing_source {
    const eval_document *list; // [count]
    size_t count, wanted;
    size_t context; // of the model
} typing_source;
axl_status typing_open(typing *out, const typing_source *from, axl_error *err);
void typing_free(typing *t); // leaves {0}

// Lets the model write at every place. The result does not depend on the number of threads.
typedef struct typing_work {
    const engine *engine;
    trial_progress *progress; // may be NULL; of lines
    void *progress_ctx;
} typing_work;
axl_status typing_run(typing *t, const typing_work *w, axl_error *err);

// What typing the lines number first, first + step ... takes with that t.
typedef struct typing_sum {
    uint64_t bytes, keys;   // typed without offers, and with
    uint64_t offers, right; // shown
} typing_sum;
typing_sum typing_keys(const typing *t, size_t first, size_t step, double odds);

// The result at a precision; odds [2] (may be NULL): the probability chosen for either half, 0 when
// no offers are that often right.
typing_sum typing_at(const typing *t, double precision, double odds[2]);

// Bytes of all lines that are right when the line is written at once, from the first place.
uint64_t typing_accepted(const typing *t);
size_t typing_exact(const typing *t); // lines

#endif
