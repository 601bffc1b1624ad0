// What a session is made of. Internal to session.c and batch.c.
#ifndef INFER_SESSION_PARTS_H
#define INFER_SESSION_PARTS_H

#include "infer/draft.h"
#include "infer/draft_gain.h"
#include "infer/session.h"

// Invariants: text[0] is BOS. The cache holds text[0 .. known), and behind it, while there are
// rows, the first rows - 1 guesses; row i is what is expected after text[0 .. base) and i guesses,
// and base + row == length. Without rows known < length: there is something to compute.
struct session {
    const engine *e;
    outlook outlook;
    uint16_t *text; // [capacity], `length` used; owned
    size_t length, capacity;
    bool prompting; // what is not computed yet was fed, not accepted
    cache cache;
    size_t whole; // symbols that were computed as in a new session that is fed with the text

    float *logits; // [DRAFT_MAX + 1, vocab]; owned
    size_t rows, row, base;
    bool blended; // row `row` has passed the outlook

    bool drafts;
    draft_index index;
    draft_gain gain;
    uint16_t guess[DRAFT_MAX]; // [guesses] of text[base ..]; one where none was computed
    size_t guesses, match;     // match: length of the agreement that they follow from
    session_counts counts;
};

// Symbols of the text and of guesses that the cache holds.
static inline size_t session_known(const session *s) {
    return (size_t)s->cache.gone + s->cache.length;
}

// Makes up guesses for the text as it is, at most `most` to be computed; their number, which is 0
// where it does not pay.
axl_status session_guess(session *s, size_t most, size_t *count, axl_error *err);

#endif
