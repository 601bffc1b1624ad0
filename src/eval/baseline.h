// What answers a task without having learnt anything, from its training pairs alone: the answer
// that is most frequent in them, and the one of the question that is most like the one asked. A
// model that is no better than these has learnt no more than to look up.
#ifndef EVAL_BASELINE_H
#define EVAL_BASELINE_H

#include "eval/task_file.h"

#define BASELINE_RUN 2 // words of a shingle

typedef struct baseline baseline;

// Borrows the pairs, of which there is at least one. The caller owns *out; NULL on failure.
axl_status baseline_open(baseline **out, const task_questions *train, axl_error *err);
void baseline_close(baseline *b); // NULL is fine

// The most frequent answer; of several the one that comes first.
python_span baseline_frequent(const baseline *b);

// The answer of the question with the most similar set of shingles (Jaccard); of several the one
// that comes first, and the first one of all where no shingle is shared.
axl_status baseline_nearest(baseline *b, python_span prompt, python_span *out, axl_error *err);

#endif
