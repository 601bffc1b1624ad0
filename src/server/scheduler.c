#include "server/scheduler.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "server/scheduler_parts.h"

#include <string.h>

const scheduler_spec scheduler_spec_standard = {
    .running = 16,
    .queue = 64,
    .cache_bytes = (size_t)1 << 30,
    .hold_ns = 10u * 1000 * 1000,
};

// ---- the thread ---------------------------------------------------------------------------------

static slot_facts facts_of(const job_text *t) {
    if (!t) return (slot_facts){0};
    const request_prompt *p = &t->j->r->prompts[text_prompt(t)];
    const uint64_t written = t->g.text.size;
    return (slot_facts){.busy = true,
                        .task = t->j->number,
                        .prompt = p->count - p->own,
                        .written = written,
                        .left = t->j->r->most_bytes - written};
}

// With the lock.
static void show(scheduler *s) {
    server_metrics *m = &s->metrics;
    m->running = m->waiting = 0;
    for (const job *j = s->jobs; j; j = j->next)
        *(job_has_begun(j) ? &m->running : &m->waiting) += 1;
    s->waiting = (size_t)m->waiting;
    for (const job *j = s->incoming; j; j = j->next) s->waiting++;
    s->free_slots = s->spec.running - s->taken;
    m->cache_usage = s->cache.most > 0 ? (double)s->cache.bytes / (double)s->cache.most : 0;
    s->shown = *m;
    for (size_t i = 0; i < s->spec.running; i++) s->shown_slots[i] = facts_of(s->slots[i]);
}

void scheduler_show(scheduler *s) {
    os_mutex_lock(&s->lock);
    show(s);
    os_mutex_unlock(&s->lock);
}

// With the lock: moves what has come behind the jobs that are there.
static void take_incoming(scheduler *s) {
    job **end = &s->jobs;
    while (*end) end = &(*end)->next;
    *end = s->incoming;
    s->incoming = NULL;
    s->incoming_end = &s->incoming;
}

// Nobody asks for so long: there is time to read ahead.
#define CALM_NS ((uint64_t)5 * 1000 * 1000)

// With the lock, which it gives up meanwhile: what is done while there is nothing to do.
static void idle(scheduler *s, bool *calm) {
    if (!scheduler_is_behind(s)) {
        os_cond_wait(&s->wake, &s->lock);
    } else if (!*calm) {
        *calm = !os_cond_wait_for(&s->wake, &s->lock, CALM_NS);
    } else {
        os_mutex_unlock(&s->lock);
        scheduler_read_ahead(s);
        os_mutex_lock(&s->lock);
        show(s);
    }
}

// False: there never will be any.
static bool wait_for_work(scheduler *s, uint64_t *deadline) {
    os_mutex_lock(&s->lock);
    show(s);
    for (bool calm = false; !s->jobs && !s->incoming && !s->stopping;) idle(s, &calm);
    take_incoming(s);
    *deadline = s->stopping ? s->deadline : UINT64_MAX;
    const bool more = s->jobs != NULL;
    os_mutex_unlock(&s->lock);
    return more;
}

static void drop_gone(scheduler *s) {
    for (job *j = s->jobs, *next; j; j = next) {
        next = j->next;
        if (j->e.gone(j->e.ctx)) scheduler_drop(s, j);
    }
}

static void fail_all(scheduler *s) {
    refusal why = {0};
    refuse(&why, REFUSAL_BUSY, NULL, "the server is stopping");
    while (s->jobs) scheduler_fail(s, s->jobs, &why);
}

static void work(void *ctx) {
    scheduler *s = ctx;
    uint64_t deadline;
    while (wait_for_work(s, &deadline)) {
        drop_gone(s);
        if (os_clock_ns() >= deadline) fail_all(s);
        scheduler_fill(s);
        scheduler_step(s);
    }
    os_mutex_lock(&s->lock);
    show(s);
    s->ended = true;
    os_cond_broadcast(&s->over);
    os_mutex_unlock(&s->lock);
}

// ---- life ---------------------------------------------------------------------------------------

static axl_status make_models(scheduler *s, axl_error *err) {
    const catalog *c = registry_catalog(s->spec.models);
    s->model_count = c->count;
    s->models = mem_zalloc_array(c->count, sizeof *s->models);
    if (!s->models) return error_no_memory(err, "models", c->count * sizeof *s->models);
    for (size_t i = 0; i < c->count; i++) s->models[i].facts = &c->list[i];
    return AXL_OK;
}

static axl_status make_slots(scheduler *s, axl_error *err) {
    const size_t count = s->spec.running;
    s->slots = mem_zalloc_array(count, sizeof *s->slots);
    s->list = mem_zalloc_array(count, sizeof *s->list);
    s->shown_slots = mem_zalloc_array(count, sizeof *s->shown_slots);
    if (!s->slots || !s->list || !s->shown_slots)
        return error_no_memory(err, "slots", count * sizeof *s->shown_slots);
    s->free_slots = count;
    return AXL_OK;
}

static axl_status make_machine(scheduler *s, axl_error *err) {
    if (s->spec.k)
        s->k = *s->spec.k;
    else
        RETURN_IF(!kernels_select(kernels_best_level(), &s->k), err, AXL_INTERNAL, "no kernels");
    return pool_create(&s->p, s->spec.threads, err);
}

// Locks come first and last: scheduler_free needs all of them.
static axl_status make_locks(scheduler *s, axl_error *err) {
    FORWARD(os_mutex_init(&s->lock, err));
    axl_status status = os_cond_init(&s->wake, err);
    if (status == AXL_OK) {
        status = os_cond_init(&s->over, err);
        if (status == AXL_OK) return AXL_OK;
        os_cond_free(&s->wake);
    }
    os_mutex_free(&s->lock);
    return status;
}

static axl_status start(scheduler *s, axl_error *err) {
    FORWARD(make_models(s, err));
    FORWARD(make_slots(s, err));
    FORWARD(make_machine(s, err));
    s->cache.most = s->spec.cache_bytes;
    s->seeds = rng_key(os_wall_ns(), os_clock_ns());
    s->incoming_end = &s->incoming;
    FORWARD(os_thread_start(&s->thread, work, s, err));
    s->started = true;
    return AXL_OK;
}

axl_status scheduler_create(scheduler **out, const scheduler_spec *spec, axl_error *err) {
    *out = NULL;
    RETURN_IF(!spec->models || registry_catalog(spec->models)->count == 0, err, AXL_BAD_ARGUMENT,
              "a scheduler without a model");
    RETURN_IF(spec->running == 0, err, AXL_BAD_ARGUMENT, "a scheduler without a slot");
    scheduler *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a scheduler", sizeof *s);
    s->spec = *spec;
    axl_status status = make_locks(s, err);
    if (status != AXL_OK) {
        mem_free(s);
        return status;
    }
    status = start(s, err);
    if (status == AXL_OK)
        *out = s;
    else
        scheduler_free(s);
    return status;
}

void scheduler_stop(scheduler *s, uint64_t deadline_ns) {
    const uint64_t now = os_clock_ns();
    const uint64_t deadline = deadline_ns < UINT64_MAX - now ? now + deadline_ns : UINT64_MAX;
    os_mutex_lock(&s->lock);
    if (!s->stopping || deadline < s->deadline) s->deadline = deadline;
    s->stopping = true;
    os_cond_signal(&s->wake);
    while (!s->ended) os_cond_wait(&s->over, &s->lock);
    os_mutex_unlock(&s->lock);
}

void scheduler_free(scheduler *s) {
    if (!s) return;
    if (s->started) os_thread_join(&s->thread);
    for (size_t i = 0; s->models && i < s->model_count; i++) scheduler_unload(s, &s->models[i]);
    prefix_free(&s->cache);
    mem_free(s->ahead.symbols);
    pool_free(s->p);
    mem_free(s->models);
    mem_free(s->slots);
    mem_free(s->list);
    mem_free(s->shown_slots);
    os_cond_free(&s->wake);
    os_cond_free(&s->over);
    os_mutex_free(&s->lock);
    mem_free(s);
}

// ---- requests -----------------------------------------------------------------------------------

// With the lock.
static bool put(scheduler *s, job *j, refusal *why) {
    if (s->stopping) return refuse(why, REFUSAL_BUSY, NULL, "the server is stopping");
    if (s->waiting >= s->spec.queue + s->free_slots)
        return refuse(why, REFUSAL_BUSY, NULL, "requests that are waiting already: %zu",
                      s->waiting);
    j->number = ++s->number;
    s->waiting++;
    *s->incoming_end = j;
    s->incoming_end = &j->next;
    os_cond_signal(&s->wake);
    return true;
}

static served_model *model_of(const scheduler *s, const request *r) {
    return &s->models[r->model - registry_catalog(s->spec.models)->list];
}

bool scheduler_submit(scheduler *s, const request *r, const job_events *e, refusal *why) {
    job *j = job_create(r, e);
    if (!j) return refuse_memory(why);
    j->m = model_of(s, r);
    os_mutex_lock(&s->lock);
    const bool ok = put(s, j, why);
    os_mutex_unlock(&s->lock);
    if (!ok) job_free(j);
    return ok;
}

// ---- figures ------------------------------------------------------------------------------------

void scheduler_metrics(scheduler *s, server_metrics *out) {
    os_mutex_lock(&s->lock);
    *out = s->shown;
    out->waiting = s->waiting;
    os_mutex_unlock(&s->lock);
}

void scheduler_slots(scheduler *s, slot_facts *slots, size_t capacity, size_t *count) {
    os_mutex_lock(&s->lock);
    *count = s->spec.running < capacity ? s->spec.running : capacity;
    memcpy(slots, s->shown_slots, *count * sizeof *slots);
    os_mutex_unlock(&s->lock);
}
