// The model's work for several sessions at once. One caller at a time: a batch has one working
// memory, and all batches of an engine share its threads.
#ifndef INFER_BATCH_H
#define INFER_BATCH_H

#include "infer/session.h"

typedef struct batch batch;

// sessions: as many as are computed together; more are taken in turns. e must outlive the batch.
axl_status batch_create(batch **out, const engine *e, size_t sessions, axl_error *err);
void batch_free(batch *b); // NULL is fine

// Advances every session of the list that is not ready: one that reads a prompt by a piece of at
// most SESSION_PIECE symbols, or two where no other one writes, any other to its next symbol, so
// that a long prompt does not keep the others waiting. No session may be there twice. What a
// session computes does not depend on the others. After a failure the sessions may be used as
// before it, or freed; one of engine_intact will not go away.
axl_status batch_run(batch *b, session *const *list, size_t count, axl_error *err);

#endif
