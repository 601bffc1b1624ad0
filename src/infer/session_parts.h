// What a session is made of. Internal to session*.c and batch.c.
#ifndef INFER_SESSION_PARTS_H
#define INFER_SESSION_PARTS_H

#include "infer/draft.h"
#include "infer/draft_gain.h"
#include "infer/session.h"
#include "model/step.h"

// Who watches a session, and room for the results of a piece: one block, which begins with logits.
typedef struct session_view {
    session_watcher watcher;
    float *logits; // [SESSION_PIECE, vocab]
    float *gates;  // [SESSION_PIECE, MODEL_SCALES]
    float *states; // [SESSION_PIECE, d], or NULL where it wants none
    size_t bytes;  // of all that
} session_view;

axl_status session_view_create(session_view **out, const session *s, const session_watcher *w,
                               axl_error *err);
void session_view_free(session_view *v); // NULL is fine

// Lets all results of a piece come to the watcher's room; and, once they are there, tells the
// watcher and gives the session the last row, where `last` says that the text ends there.
void session_view_ask(const session_view *v, step_item *item);
void session_view_tell(session *s, const step_item *item, bool last);

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
    size_t whole; // symbols from the beginning that were computed as fed ones

    float *logits; // [DRAFT_MAX + 1, vocab]; owned
    float gates[DRAFT_MAX + 1][MODEL_SCALES];
    size_t rows, row, base;
    bool blended; // row `row` has passed the outlook

    bool drafts;
    draft_index index;
    draft_gain gain;
    uint16_t guess[DRAFT_MAX]; // [guesses] of text[base ..]; one where none was computed
    size_t guesses, match;     // match: length of the agreement that they follow from
    session_counts counts;
    session_view *view; // NULL: nobody watches; owned
};

// Symbols of the text and of guesses that the cache holds.
static inline size_t session_known(const session *s) {
    return (size_t)s->cache.gone + s->cache.length;
}

// Makes up guesses for the text as it is, at most `most` to be computed; their number, which is 0
// where it does not pay.
axl_status session_guess(session *s, size_t most, size_t *count, axl_error *err);

#endif
