#include "base/alloc.h"
#include "os/clock.h"
#include "server/scheduler_parts.h"

#include <string.h>

#define SECOND 1e-9 // nanoseconds

void scheduler_release(scheduler *s, job_text *t) {
    job *j = t->j;
    size_t slot = 0;
    while (s->slots[slot] != t) slot++;
    s->slots[slot] = NULL;
    s->taken--;
    j->m->texts--;
    j->running--;
    if (t->state == TEXT_READS) j->reading--;
    t->state = TEXT_ENDED;
    session *own = t->s;
    t->s = NULL;
    // Of several texts behind one prompt one is enough.
    const bool keep = own && j->r->cache && !request_is_watched(j->r) && text_candidate(t) == 0;
    if (keep) {
        scheduler_foresee(s, t);
        prefix_put(&s->cache, own, j->r->prompts[text_prompt(t)].count);
    } else {
        session_free(own);
    }
}

// Takes the job out of all lists. `whole`: its sessions are as they should be. What it leaves is
// free before its client hears of the end, and may ask again.
static void leave(scheduler *s, job *j, bool whole) {
    for (size_t i = 0; i < s->spec.running && j->running > 0; i++) {
        job_text *t = s->slots[i];
        if (!t || t->j != j) continue;
        if (!whole) {
            session_free(t->s);
            t->s = NULL;
        }
        scheduler_release(s, t);
    }
    job **link = &s->jobs;
    while (*link != j) link = &(*link)->next;
    *link = j->next;
    scheduler_show(s);
}

static void note_time(scheduler *s, job *j) {
    const uint64_t now = os_clock_ns();
    if (job_has_begun(j)) job_charge(j, now);
    j->counts.total_ns = now - j->came_ns;
    s->metrics.prompt_seconds += (double)j->counts.read_ns * SECOND;
    s->metrics.written_seconds += (double)j->counts.write_ns * SECOND;
    histogram_put(&s->metrics.request, (double)j->counts.total_ns * SECOND);
}

void scheduler_finish(scheduler *s, job *j) {
    note_time(s, j);
    s->metrics.ended[j->end ? j->end : GENERATION_STOP]++;
    leave(s, j, true);
    j->e.finish(j->e.ctx, &j->counts, j->vectors);
    job_free(j);
}

void scheduler_fail(scheduler *s, job *j, const refusal *why) {
    note_time(s, j);
    leave(s, j, false);
    j->e.fail(j->e.ctx, why);
    job_free(j);
}

void scheduler_fail_error(scheduler *s, job *j, const axl_error *err) {
    refusal why = {0};
    // A file that went bad is no fault of the client's.
    if (err->code == AXL_BAD_FILE || err->code == AXL_NOT_FOUND)
        refuse(&why, REFUSAL_FAILED, NULL, "%s", err->text);
    else
        refuse_error(&why, err);
    scheduler_fail(s, j, &why);
}

void scheduler_drop(scheduler *s, job *j) {
    note_time(s, j);
    s->metrics.ended[GENERATION_GOES_ON]++;
    leave(s, j, true);
    j->e.drop(j->e.ctx);
    job_free(j);
}

void scheduler_unload(scheduler *s, served_model *m) {
    if (!m->e) return;
    prefix_forget(&s->cache, m->e);
    if (s->ahead.m == m) s->ahead.m = NULL;
    batch_free(m->b);
    registry_unload(s->spec.models, m->facts);
    m->b = NULL;
    m->e = NULL;
}
