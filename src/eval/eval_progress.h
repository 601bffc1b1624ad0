// How long evaluations tell how far they are, and are told to stop.
#ifndef EVAL_EVAL_PROGRESS_H
#define EVAL_EVAL_PROGRESS_H

#include <stdint.h>

// Called now and then with the bytes done; anything but 0 stops the work.
typedef int eval_progress(void *ctx, uint64_t done, uint64_t total);

#endif
