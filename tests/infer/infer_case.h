// What the tests of inference share: an engine over a small model of random weights, and texts.
#ifndef INFER_INFER_CASE_H
#define INFER_INFER_CASE_H

#include "infer/batch.h"
#include "infer/session_parts.h"
#include "model/model_case.h"

typedef struct infer_case {
    engine e; // lives in no file
    case_model m;
    batch *b;
} infer_case;

// A model with that context; the batch has room for so many sessions.
void infer_case_open(infer_case *c, size_t context, size_t sessions);
void infer_case_close(infer_case *c);

// The same, its matrices in blocks of a recipe (quant/recipe.h).
void infer_case_open_few(infer_case *c, size_t context, size_t sessions, const char *recipe);

session *infer_case_session(const infer_case *c);

// Feeds bytes: a pattern of random letters that repeats itself often.
void infer_case_feed(session *s, size_t count, uint64_t seed);
void infer_case_bytes(uint16_t *out, size_t count, uint64_t seed);

// Runs the batch until the session is ready.
void infer_case_ready(const infer_case *c, session *s);

// Chooses and accepts count symbols; EOS is never chosen.
void infer_case_go(const infer_case *c, session *s, const chooser *how, size_t count);

// From now on every guess is computed, as many as fit.
void infer_case_always_draft(session *s);

// Demands the same text, and the same bits of what is expected next; both are ready.
void infer_case_same(session *a, session *b);

// temperature, and a seed; without EOS.
chooser infer_case_warm(double temperature, uint64_t seed);

#endif
