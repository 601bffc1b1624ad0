// A session: one text over an engine, and what is needed to go on with it. A batch (infer/batch.h)
// computes for any number of sessions; between its calls each belongs to whoever holds it.
//
//   session_feed(s, prompt)               the text grows
//   while (!session_ready(s)) batch_run   the model reads it
//   session_choose, session_accept        a symbol, after which it is ready or not
//
// Same text, same bits. What a session computes follows from its text and from how the text came
// (which parts were fed, which accepted), and from nothing else: not from the number of threads,
// not from other sessions of a batch, not from drafts, not from what was computed before. For that
//   - fed symbols are computed packed (model/step.h): the same bits in whatever pieces they are
//     read, so that a text that begins as an earlier one needs only its own end to be read;
//   - accepted ones are computed apart: a pass over several has the bits of several passes over
//     one;
//   - the number that a symbol is drawn with follows from seed and position (infer/chooser.h), and
//     a draft is no more than a guess of what will be drawn: each symbol is drawn as ever, and the
//     first one that differs from its guess ends the draft.
// So drafting is exact, for sampling as for the most probable symbol. Fed and accepted symbols are
// computed by different kernels and agree to rounding, not in bits.
#ifndef INFER_SESSION_H
#define INFER_SESSION_H

#include "infer/chooser.h"
#include "infer/engine.h"
#include "infer/outlook.h"

#define SESSION_PIECE ((size_t)128) // symbols of a prompt that are read at a time

typedef struct session session;

// A text that is BOS alone, which counts in all lengths here. e must outlive the session.
axl_status session_create(session **out, const engine *e, axl_error *err);
void session_free(session *s); // NULL is fine

const engine *session_engine(const session *s);

// Another session with the same text, which goes its own way; it has no experts.
axl_status session_fork(session **out, const session *s, axl_error *err);

// Lets an expert join; it is borrowed, and hears the text so far.
axl_status session_join(session *s, const expert *e, axl_error *err);

// Appends to the text; the model reads it in the next calls of batch_run.
axl_status session_feed(session *s, const uint16_t *symbols, size_t count, axl_error *err);

// Makes the text these symbols, of which the first is BOS, and keeps as much of what is computed as
// agrees, so that all is as if they had been fed to a new session: *kept symbols (may be NULL), a
// multiple of 4, of those that were fed and not accepted. Nothing where the window has slid since.
axl_status session_restart(session *s, const uint16_t *symbols, size_t count, size_t *kept,
                           axl_error *err);

// How many symbols of that text session_restart would keep. Costs a comparison of the texts.
size_t session_common(const session *s, const uint16_t *symbols, size_t count);

// Only the first `length` symbols, at least 1, are left of the text. What was computed of them
// stays where the caches can be cut, at multiples of 4, and the last few are computed again; where
// the window has slid too far, all of them.
axl_status session_truncate(session *s, size_t length, axl_error *err);

// The text so far, borrowed until it changes.
const uint16_t *session_text(const session *s, size_t *length);

// Symbols that the model has not read yet.
size_t session_unread(const session *s);

// Whether the next symbol can be chosen; if not, batch_run is the way there.
bool session_ready(const session *s);

// What is expected next, [vocab] logits, borrowed until the session changes. The session is ready,
// as for the functions below.
axl_status session_expect(session *s, const float **logits, axl_error *err);
axl_status session_choose(session *s, const chooser *how, chooser_choice *out, axl_error *err);
axl_status session_accept(session *s, uint16_t symbol, axl_error *err);

// How the scales were weighted in what is expected next: [MODEL_SCALES], fine, medium, coarse,
// which sum to 1; borrowed until the session changes. NULL where the session is not ready.
const float *session_gates(const session *s);

// What the model computed at the end of text[0 .. position], for positions first .. first + count
// - 1.
typedef struct session_span {
    size_t first, count;
    const float *logits; // [count, vocab], of the symbol behind it; experts have not seen them
    const float *gates;  // [count, MODEL_SCALES]: how the scales were weighted
    const float *states; // [count, d]: the stream that enters the head
} session_span;

// Hears of every symbol that is fed, once the model has read it: inside batch_run, in order, a
// piece at a time, on the thread that called it. What is read again, after a cut, is heard of
// again. What is borrowed lasts until it returns; it must not touch the session. It cannot fail:
// what finds no room it notes for itself.
typedef struct session_watcher {
    bool logits, gates, states; // what it wants to see; the others are NULL
    void (*see)(void *ctx, const session_span *span);
    void *ctx;
} session_watcher;

// Lets w watch, NULL: nobody any more. What was computed so far is forgotten, so that it sees the
// text from its beginning, and session_restart keeps nothing from then on. The bits are the same,
// watched or not. Accepted symbols are not watched, session_gates tells of them; nor is a fork.
axl_status session_watch(session *s, const session_watcher *w, axl_error *err);

// Whether batch_run may draft. It may from the start; the text is the same.
void session_set_drafts(session *s, bool on);

typedef struct session_counts {
    uint64_t fed;             // symbols read as a prompt; not those that were kept
    uint64_t passes;          // of the model over accepted symbols
    uint64_t drafted, agreed; // guesses that were computed, and that turned out right
} session_counts;
session_counts session_count(const session *s);

// Bytes of memory that the session holds. Most of them are the caches, which have the size of the
// window from the start, whatever the text.
size_t session_bytes(const session *s);

#endif
