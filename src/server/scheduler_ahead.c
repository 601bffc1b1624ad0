// Reading ahead: the text of an editor grows at its end, and each time it has filled the context
// its beginning moves on by a step (dialects/prompts.c), so that nothing of what is known of it is
// of use any more. While nobody asks for anything, the text is read as it will begin then, a small
// piece at a time, so that the key after which it does costs what every key costs. Nothing is
// computed twice where the text goes on: it is computed earlier.
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "server/scheduler_parts.h"

#include <string.h>

#define PIECE ((size_t)32) // symbols: who comes meanwhile waits for no more than these
#define LAG ((size_t)4)    // fewer are left for the request, which makes a pass in any case

static bool reserve(read_ahead *a, size_t count) {
    if (count <= a->capacity) return true;
    uint16_t *grown = mem_resize_array(a->symbols, count, sizeof *grown);
    if (!grown) return false;
    a->symbols = grown;
    a->capacity = count;
    return true;
}

// Symbol i of a prompt once it has been cut.
static uint16_t symbol_at(const request_prompt *p, size_t i) {
    return p->symbols[i < p->next_at ? i : i + p->next_cut];
}

void scheduler_foresee(scheduler *s, const job_text *t) {
    read_ahead *a = &s->ahead;
    const request_prompt *p = &t->j->r->prompts[text_prompt(t)];
    if (p->next_cut == 0 || p->next_in > p->next_cut) return;
    const size_t count = p->count - p->next_cut;
    if (!reserve(a, count)) return;
    size_t same = 0;
    if (a->m == t->j->m)
        while (same < size_min(a->count, count) && a->symbols[same] == symbol_at(p, same)) same++;
    for (size_t i = same; i < count; i++) a->symbols[i] = symbol_at(p, i);
    a->m = t->j->m;
    a->count = count;
    a->read = size_min(a->read, same);
}

bool scheduler_is_behind(const scheduler *s) {
    return s->ahead.m && s->ahead.m->e && s->ahead.count >= s->ahead.read + LAG;
}

// Reads up to `count` symbols; the session is kept for the request that it is read for.
static axl_status read_to(scheduler *s, size_t count, axl_error *err) {
    read_ahead *a = &s->ahead;
    const prefix_want want = {.e = a->m->e, .symbols = a->symbols, .count = count};
    session *own;
    size_t kept;
    FORWARD(prefix_take(&s->cache, &want, &own, err));
    axl_status status = session_restart(own, a->symbols, count, &kept, err);
    if (status == AXL_OK) status = batch_run(a->m->b, &own, 1, err);
    if (status == AXL_OK) {
        a->read = count - session_unread(own);
        s->metrics.ahead_bytes += a->read - kept;
        prefix_put(&s->cache, own, count);
    } else {
        session_free(own);
    }
    return status;
}

void scheduler_read_ahead(scheduler *s) {
    axl_error err;
    read_ahead *a = &s->ahead;
    // What goes wrong here concerns nobody yet; it is the next request that will be told.
    if (read_to(s, size_min(a->count, a->read + PIECE), &err) != AXL_OK) a->m = NULL;
}
