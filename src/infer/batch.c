#include "infer/batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/session_parts.h"
#include "os/clock.h"

#include <string.h>

// Prompts that are read together: enough rows to fill every product.
#define PROMPTS ((size_t)4)
// Pieces that a prompt is read in at a time while no text is written: the weights are packed once
// for all of them, and who comes meanwhile does not wait for much longer.
#define PIECES_ALONE ((size_t)2)
// Rows of accepted symbols and drafts: up to so many a further one costs less than a pass of its
// own.
#define DRAFT_ROWS (DRAFT_MAX + 1)

struct batch {
    const engine *e;
    size_t sessions, prompts, rows; // most of a call: of each kind, and rows of accepted symbols
    stepper *read;                  // prompts
    stepper *write;                 // accepted symbols
    session **chosen;               // [sessions]: those of one call
    step_item *items;               // [sessions]
    uint16_t *ids;                  // [rows]: each session's last symbol and its guesses
    bool writes;                    // some session of this call does
};

axl_status batch_create(batch **out, const engine *e, size_t sessions, axl_error *err) {
    *out = NULL;
    RETURN_IF(sessions == 0, err, AXL_BAD_ARGUMENT, "a batch of no sessions");
    batch *b = mem_zalloc(sizeof *b);
    if (!b) return error_no_memory(err, "a batch", sizeof *b);
    b->e = e;
    b->sessions = sessions;
    b->prompts = size_min(sessions, PROMPTS);
    b->rows = size_max(sessions, DRAFT_ROWS);
    b->chosen = mem_zalloc_array(sessions, sizeof *b->chosen);
    b->items = mem_zalloc_array(sessions, sizeof *b->items);
    b->ids = mem_zalloc_array(b->rows, sizeof *b->ids);
    const step_spec read = {
        .sequences = b->prompts, .bytes = b->prompts * SESSION_PIECE, .packed = true};
    const step_spec write = {.sequences = sessions, .bytes = b->rows, .apart = true};
    axl_status status = AXL_OK;
    if (!b->chosen || !b->items || !b->ids)
        status = error_no_memory(err, "a batch", sessions * sizeof *b->items);
    if (status == AXL_OK) status = engine_stepper(e, &b->read, &read, err);
    if (status == AXL_OK) status = engine_stepper(e, &b->write, &write, err);
    if (status == AXL_OK)
        *out = b;
    else
        batch_free(b);
    return status;
}

void batch_free(batch *b) {
    if (!b) return;
    step_free(b->read);
    step_free(b->write);
    mem_free(b->chosen);
    mem_free(b->items);
    mem_free(b->ids);
    mem_free(b);
}

// Makes row 0 what is expected after the whole text; the cache holds `guesses` more.
static void give_rows(session *s, size_t guesses) {
    s->rows = guesses + 1;
    s->row = 0;
    s->base = s->length;
    s->blended = false;
}

// ---- prompts ----

// The most of one prompt out of `count`. A watcher has room for one piece.
static size_t piece_of(const batch *b, const session *s, size_t count) {
    if (b->writes || s->view) return SESSION_PIECE;
    return size_min(b->prompts / count, PIECES_ALONE) * SESSION_PIECE;
}

static axl_status next_piece(batch *b, session *s, size_t most, step_item *item, axl_error *err) {
    FORWARD(cache_slide(&s->cache, step_exec(b->read), step_rope(b->read), err));
    const size_t known = session_known(s), left = s->length - known;
    const size_t part = size_min(size_min(most, cache_room(&s->cache)), left);
    *item = (step_item){.cache = &s->cache,
                        .ids = s->text + known,
                        .count = part,
                        .wanted = part == left,
                        .logits = s->logits,
                        .gates = s->gates[0]};
    if (s->view) session_view_ask(s->view, item);
    return AXL_OK;
}

static axl_status read_prompts(batch *b, size_t count, axl_error *err) {
    for (size_t i = 0; i < count; i++) {
        session *s = b->chosen[i];
        FORWARD(next_piece(b, s, piece_of(b, s, count), &b->items[i], err));
    }
    FORWARD(step_run(b->read, b->items, count, err));
    for (size_t i = 0; i < count; i++) {
        session *s = b->chosen[i];
        const size_t part = b->items[i].count;
        const bool last = session_known(s) == s->length;
        s->counts.fed += part;
        if (s->whole + part == session_known(s)) s->whole += part;
        if (s->view) session_view_tell(s, &b->items[i], last);
        if (!last) continue;
        s->prompting = false;
        s->guesses = 0;
        give_rows(s, 0);
    }
    return AXL_OK;
}

// ---- accepted symbols ----

// Lays a session's last symbol and its guesses behind ids.
static axl_status next_rows(batch *b, session *s, size_t most, step_item *item, axl_error *err) {
    FORWARD(cache_slide(&s->cache, step_exec(b->write), step_rope(b->write), err));
    size_t guesses;
    most = size_min(most, cache_room(&s->cache));
    FORWARD(session_guess(s, most - 1, &guesses, err));
    uint16_t *ids = (uint16_t *)(uintptr_t)item->ids;
    ids[0] = s->text[s->length - 1];
    memcpy(ids + 1, s->guess, guesses * sizeof *ids);
    item->cache = &s->cache;
    item->count = item->wanted = guesses + 1;
    item->logits = s->logits;
    item->gates = s->gates[0];
    return AXL_OK;
}

static axl_status write_rows(batch *b, size_t count, axl_error *err) {
    const size_t most = size_min(b->rows / count, DRAFT_ROWS);
    uint16_t *ids = b->ids;
    for (size_t i = 0; i < count; i++) {
        b->items[i] = (step_item){.ids = ids};
        FORWARD(next_rows(b, b->chosen[i], most, &b->items[i], err));
        ids += b->items[i].count;
    }
    const uint64_t start = os_clock_ns();
    FORWARD(step_run(b->write, b->items, count, err));
    const double seconds = (double)(os_clock_ns() - start) * 1e-9;
    for (size_t i = 0; i < count; i++) {
        session *s = b->chosen[i];
        const size_t rows = b->items[i].count;
        if (count == 1) draft_gain_time(&s->gain, rows, seconds);
        s->counts.passes++;
        s->counts.drafted += rows - 1;
        give_rows(s, rows - 1);
    }
    return AXL_OK;
}

// ---- both ----

// Sessions of one kind, in groups of at most `together`.
typedef axl_status group_fn(batch *b, size_t count, axl_error *err);
typedef struct kind {
    bool prompting;
    size_t together;
    group_fn *run;
} kind;

static axl_status run_kind(batch *b, const kind *k, session *const *list, size_t count,
                           axl_error *err) {
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        if (session_ready(list[i]) || list[i]->prompting != k->prompting) continue;
        b->chosen[chosen++] = list[i];
        if (chosen < k->together) continue;
        FORWARD(k->run(b, chosen, err));
        chosen = 0;
    }
    return chosen ? k->run(b, chosen, err) : AXL_OK;
}

static axl_status run_kinds(batch *b, session *const *list, size_t count, axl_error *err) {
    // Accepted symbols first: a prompt that is read to its end would else be advanced twice.
    const kind write = {false, b->sessions, write_rows}, read = {true, b->prompts, read_prompts};
    b->writes = false;
    for (size_t i = 0; i < count; i++) b->writes |= !session_ready(list[i]) && !list[i]->prompting;
    FORWARD(run_kind(b, &write, list, count, err));
    return run_kind(b, &read, list, count, err);
}

axl_status batch_run(batch *b, session *const *list, size_t count, axl_error *err) {
    const axl_status status = run_kinds(b, list, count, err);
    FORWARD(engine_intact(b->e, err)); // the reason, where the weights were gone
    return status;
}
