// Texts that were read before: sessions that nobody uses at the moment, kept because the next
// request often begins as an earlier one did. An editor sends its text again with every key, and
// what is computed of it need not be computed again. Bounded by bytes; what was not used for the
// longest time goes first. Belongs to one thread.
#ifndef SERVER_PREFIX_H
#define SERVER_PREFIX_H

#include "infer/session.h"

typedef struct prefix_entry {
    session *s;    // owned
    size_t prompt; // symbols of its text that a client sent; what was written may follow
    size_t bytes;
    uint64_t used; // when, by the clock of the cache
} prefix_entry;

// {0} keeps nothing: set `most` first. Read the fields.
typedef struct prefix_cache {
    prefix_entry *list; // [count]; owned
    size_t count, capacity;
    size_t bytes, most; // of memory
    uint64_t clock;     // counts what is kept
} prefix_cache;

void prefix_free(prefix_cache *c); // leaves {0}

// Borrows everything.
typedef struct prefix_want {
    const engine *e;
    const uint16_t *symbols; // [count], of which the first is BOS
    size_t count;
    session *const *busy; // [busy_count]: sessions of any engine that others are using
    size_t busy_count;
} prefix_want;

// A session to be restarted with the text; the caller's from then on. It is
//   - the kept one that shares most with the text, unless it is mostly another text, which somebody
//     else may go on with: then
//   - a fork of what shares most, kept or busy, where that saves more than it costs, or
//   - one without anything to keep, made from the oldest one where memory is used up.
// Where memory runs out, kept ones are given up.
axl_status prefix_take(prefix_cache *c, const prefix_want *w, session **out, axl_error *err);

// An empty session; memory as above.
axl_status prefix_create(prefix_cache *c, const engine *e, session **out, axl_error *err);
axl_status prefix_fork(prefix_cache *c, const session *s, session **out, axl_error *err);

// Takes the session over and keeps it if there is room for it at all.
void prefix_put(prefix_cache *c, session *s, size_t prompt);

// Gives up the oldest one, for its memory; false: there is none.
bool prefix_give_up(prefix_cache *c);

// Gives up all sessions of an engine.
void prefix_forget(prefix_cache *c, const engine *e);

#endif
