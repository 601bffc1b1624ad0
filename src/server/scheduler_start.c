#include "base/error.h"
#include "os/clock.h"
#include "server/scheduler_parts.h"

// ---- models -------------------------------------------------------------------------------------

static axl_status load(scheduler *s, served_model *m, axl_error *err) {
    const registry_machine machine = {.k = &s->k, .p = s->p};
    FORWARD(registry_load(s->spec.models, m->facts, &machine, &m->e, err));
    const axl_status status = batch_create(&m->b, m->e, s->spec.running, err);
    if (status != AXL_OK) scheduler_unload(s, m);
    return status;
}

// Loads the model of a job. What it needs others may hold: sessions that nobody uses go first.
static axl_status load_for(scheduler *s, job *j, axl_error *err) {
    if (j->m->e) return AXL_OK;
    const uint64_t start = os_clock_ns();
    axl_status status;
    do {
        status = load(s, j->m, err);
    } while (status == AXL_NO_MEMORY && prefix_give_up(&s->cache));
    j->counts.load_ns += os_clock_ns() - start;
    if (status != AXL_OK)
        error_context(err, status, "the model %s cannot be loaded", j->m->facts->name);
    return status;
}

// Whether it has to wait for an earlier request of its model: a model goes only when all that was
// asked of it before is done, and what comes later loads it again.
static bool is_behind(const scheduler *s, const job *j) {
    for (const job *i = s->jobs; i != j; i = i->next)
        if (i->m == j->m && (i->r->load == UNLOAD_MODEL || j->r->load == UNLOAD_MODEL)) return true;
    return false;
}

static void run_load(scheduler *s, job *j) {
    axl_error err;
    if (j->r->load == UNLOAD_MODEL) {
        scheduler_unload(s, j->m);
    } else if (load_for(s, j, &err) != AXL_OK) {
        scheduler_fail_error(s, j, &err);
        return;
    }
    scheduler_finish(s, j);
}

static void run_loads(scheduler *s) {
    for (job *j = s->jobs, *next; j; j = next) {
        next = j->next;
        if (j->r->load != LOAD_NONE && !is_behind(s, j)) run_load(s, j);
    }
}

// ---- sessions -----------------------------------------------------------------------------------

static axl_status find_session(scheduler *s, const job *j, const request_prompt *p, session **out,
                               axl_error *err) {
    if (!j->r->cache || request_is_watched(j->r))
        return prefix_create(&s->cache, j->m->e, out, err);
    prefix_want want = {.e = j->m->e, .symbols = p->symbols, .count = p->count, .busy = s->list};
    for (size_t i = 0; i < s->spec.running; i++) {
        const job_text *t = s->slots[i];
        if (t && t->j->r->cache) s->list[want.busy_count++] = t->s;
    }
    return prefix_take(&s->cache, &want, out, err);
}

// The first text of a prompt reads it.
static axl_status read_prompt(scheduler *s, job_text *t, axl_error *err) {
    job *j = t->j;
    const request_prompt *p = &j->r->prompts[text_prompt(t)];
    prompt_watch *watch = &j->prompts[text_prompt(t)].watch;
    size_t kept = 0;
    FORWARD(find_session(s, j, p, &t->s, err));
    if (request_is_watched(j->r)) {
        FORWARD(prompt_watch_create(watch, j->r, p, err));
        FORWARD(prompt_watch_join(watch, t->s, err));
    }
    FORWARD(session_restart(t->s, p->symbols, p->count, &kept, err));
    if (kept > p->own) j->counts.cached += kept - p->own;
    s->metrics.cache_queries += j->r->cache ? p->count - p->own : 0;
    s->metrics.cache_hits += kept > p->own ? kept - p->own : 0;
    t->state = TEXT_READS;
    j->reading++;
    return AXL_OK;
}

// The others go on from there, the last one with the session itself.
static axl_status go_on(scheduler *s, job_text *t, axl_error *err) {
    job_prompt *p = &t->j->prompts[text_prompt(t)];
    if (text_candidate(t) + 1 < t->j->candidates)
        return prefix_fork(&s->cache, p->base, &t->s, err);
    t->s = p->base;
    p->base = NULL;
    return AXL_OK;
}

// ---- slots --------------------------------------------------------------------------------------

// The first text of a job that can begin, or NULL. Candidates begin in order, so that those of one
// prompt are done before another one is held for them.
static job_text *next_text(const job *j) {
    for (size_t i = 0; i < j->text_count; i++) {
        job_text *t = &j->texts[i];
        const bool first = text_candidate(t) == 0;
        if (t->state == TEXT_WAITS && (first || j->prompts[text_prompt(t)].base)) return t;
    }
    return NULL;
}

// The job that the next slot is for: one request with many texts does not keep the others waiting.
static job *next_job(const scheduler *s) {
    job *best = NULL;
    for (job *j = s->jobs; j; j = j->next) {
        const bool fewer = !best || j->running < best->running;
        if (!fewer || j->r->load != LOAD_NONE || is_behind(s, j)) continue;
        if (!job_has_begun(j) || next_text(j)) best = j;
    }
    return best;
}

static axl_status begin_job(scheduler *s, job *j, axl_error *err) {
    if (job_has_begun(j)) return AXL_OK;
    FORWARD(job_begin(j, err));
    j->mark_ns = os_clock_ns();
    const rng_block drawn = rng_at(s->seeds, j->number);
    j->seed = j->r->seeded ? j->r->seed : (uint64_t)drawn.word[0] << 32 | drawn.word[1];
    FORWARD(load_for(s, j, err));
    j->mark_ns = os_clock_ns();
    return AXL_OK;
}

// The text has its place from here on, so that whatever happens it is given back there.
static void take_slot(scheduler *s, job_text *t) {
    size_t slot = 0;
    while (s->slots[slot]) slot++;
    s->slots[slot] = t;
    s->taken++;
    t->j->m->texts++;
    t->j->running++;
}

static axl_status begin_text(scheduler *s, job_text *t, axl_error *err) {
    return text_candidate(t) == 0 ? read_prompt(s, t, err) : go_on(s, t, err);
}

static void start(scheduler *s, job *j) {
    axl_error err;
    axl_status status = begin_job(s, j, &err);
    job_text *t = status == AXL_OK ? next_text(j) : NULL;
    if (t) {
        status = begin_text(s, t, &err);
        if (t->s) take_slot(s, t);
    }
    if (status != AXL_OK) {
        scheduler_fail_error(s, j, &err);
    } else if (t->state != TEXT_READS) {
        scheduler_write(s, t);
    }
}

void scheduler_fill(scheduler *s) {
    run_loads(s);
    for (job *j; s->taken < s->spec.running && (j = next_job(s)) != NULL;) start(s, j);
}
