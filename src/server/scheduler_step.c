#include "base/error.h"
#include "os/clock.h"
#include "server/scheduler_parts.h"

#define SECOND 1e-9 // nanoseconds

// ---- texts --------------------------------------------------------------------------------------

static void end_text(scheduler *s, job_text *t) {
    job *j = t->j;
    j->prompts[text_prompt(t)].ended++;
    if (!request_is_vectors(j->r)) job_tell_end(t);
    scheduler_release(s, t);
    if (++j->ended == j->text_count) scheduler_finish(s, j);
}

static axl_status begin_generation(job_text *t, axl_error *err) {
    const request *r = t->j->r;
    generation_options o = {.chooser = r->chooser,
                            .most_bytes = r->most_bytes,
                            .most_seconds = (double)r->write_ms * 1e-3,
                            .stop = r->stop,
                            .stop_count = r->stop_count,
                            .keep_choices = r->probabilities || job_ranks(t->j),
                            .keep_gates = r->gates};
    o.chooser.key = rng_key(t->j->seed, text_candidate(t));
    return generation_begin(&t->g, t->s, &o, err);
}

// Several bytes of one step came in equal times.
static void note_bytes(scheduler *s, job_text *t, size_t more, uint64_t now) {
    job *j = t->j;
    s->metrics.written_bytes += more;
    if (!j->first) {
        j->first = true;
        histogram_put(&s->metrics.first_byte, (double)(now - j->came_ns) * SECOND);
    } else {
        const double each = (double)(now - t->byte_ns) * SECOND / (double)more;
        for (size_t i = 0; i < more; i++) histogram_put(&s->metrics.between_bytes, each);
    }
    t->byte_ns = now;
}

static void take_bytes(scheduler *s, job_text *t) {
    axl_error err;
    const size_t before = t->g.text.size;
    if (generation_take(&t->g, &err) != AXL_OK) {
        scheduler_fail_error(s, t->j, &err);
        return;
    }
    const uint64_t now = os_clock_ns();
    if (t->g.text.size > before) note_bytes(s, t, t->g.text.size - before, now);
    job_tell(t, now, s->spec.hold_ns);
    if (t->g.end) end_text(s, t);
}

void scheduler_write(scheduler *s, job_text *t) {
    axl_error err;
    t->state = TEXT_WRITES;
    t->byte_ns = os_clock_ns();
    if (begin_generation(t, &err) != AXL_OK) {
        scheduler_fail_error(s, t->j, &err);
        return;
    }
    job_tell_prompt(t);
    take_bytes(s, t);
}

// ---- prompts ------------------------------------------------------------------------------------

// The prompt was read to its end.
static axl_status end_prompt(scheduler *s, job_text *t, axl_error *err) {
    job *j = t->j;
    const size_t number = text_prompt(t);
    job_prompt *p = &j->prompts[number];
    if (request_is_watched(j->r)) FORWARD(session_watch(t->s, NULL, err));
    if (request_is_vectors(j->r))
        prompt_watch_vector(&p->watch, j->vectors + number * j->r->model->channels);
    else if (j->candidates > 1)
        FORWARD(prefix_fork(&s->cache, t->s, &p->base, err));
    j->reading--;
    t->state = TEXT_WRITES;
    return AXL_OK;
}

static void advance(scheduler *s, job_text *t) {
    axl_error err;
    job_charge(t->j, os_clock_ns());
    if (t->state == TEXT_WRITES) {
        take_bytes(s, t);
    } else if (session_ready(t->s)) {
        if (end_prompt(s, t, &err) != AXL_OK)
            scheduler_fail_error(s, t->j, &err);
        else if (request_is_vectors(t->j->r))
            end_text(s, t);
        else
            scheduler_write(s, t);
    }
}

// ---- steps --------------------------------------------------------------------------------------

static served_model *next_model(scheduler *s) {
    for (size_t i = 1; i <= s->model_count; i++) {
        const size_t number = (s->turn + i) % s->model_count;
        if (s->models[number].texts == 0) continue;
        s->turn = number;
        return &s->models[number];
    }
    return NULL;
}

static axl_status run(scheduler *s, const served_model *m, size_t count, axl_error *err) {
    uint64_t fed = 0;
    for (size_t i = 0; i < count; i++) fed += session_count(s->list[i]).fed;
    const axl_status status = batch_run(m->b, s->list, count, err);
    for (size_t i = 0; i < count; i++) s->metrics.prompt_bytes += session_count(s->list[i]).fed;
    s->metrics.prompt_bytes -= fed;
    s->metrics.passes++;
    s->metrics.busy_slots += count;
    return status;
}

// What fails together need not fail alone: each text by itself, so that only those fail that must.
static void run_alone(scheduler *s, const served_model *m) {
    for (size_t i = 0; i < s->spec.running; i++) {
        axl_error err;
        job_text *t = s->slots[i];
        if (!t || t->j->m != m) continue;
        s->list[0] = t->s;
        if (run(s, m, 1, &err) != AXL_OK) scheduler_fail_error(s, t->j, &err);
    }
}

// The file of the model was changed while it was in use: what was computed of it counts for
// nothing. The next request loads what is there then.
static void retire(scheduler *s, served_model *m, const axl_error *err) {
    for (job *j = s->jobs, *next; j; j = next) {
        next = j->next;
        if (j->m == m && job_has_begun(j)) scheduler_fail_error(s, j, err);
    }
    scheduler_unload(s, m);
}

// Prompts that are read in one step, so that no one waits long for the next byte: few beside texts
// that are written, and as many as a pass has room for otherwise.
#define READ_BESIDE ((size_t)2)
#define READ_ALONE ((size_t)4)

// Whether to read a before b, which may be NULL.
static bool is_nearer(const job_text *a, const job_text *b) {
    return !b || session_unread(a->s) < session_unread(b->s);
}

static bool is_older(const job_text *a, const job_text *b) {
    return !b || a->j->number < b->j->number;
}

// The next text of a model to be read that is not in the list: the one that is nearest to its first
// byte, but first of all that of the oldest request, which thus never stands still. NULL: none.
static job_text *next_reader(const scheduler *s, const served_model *m, bool oldest, size_t count) {
    job_text *best = NULL;
    for (size_t i = 0; i < s->spec.running; i++) {
        job_text *t = s->slots[i];
        if (!t || t->j->m != m || t->state != TEXT_READS) continue;
        bool listed = false;
        for (size_t n = 0; n < count; n++) listed = listed || s->list[n] == t->s;
        if (!listed && (oldest ? is_older(t, best) : is_nearer(t, best))) best = t;
    }
    return best;
}

// Lists the sessions of a step; their number.
static size_t choose(scheduler *s, const served_model *m) {
    size_t count = 0;
    for (size_t i = 0; i < s->spec.running; i++) {
        const job_text *t = s->slots[i];
        if (t && t->j->m == m && t->state == TEXT_WRITES) s->list[count++] = t->s;
    }
    const size_t most = count > 0 ? READ_BESIDE : READ_ALONE;
    for (size_t i = 0; i < most; i++) {
        const job_text *t = next_reader(s, m, i == 0, count);
        if (t) s->list[count++] = t->s;
    }
    return count;
}

void scheduler_step(scheduler *s) {
    axl_error err;
    served_model *m = next_model(s);
    if (!m) return;
    const size_t count = choose(s, m);
    axl_status status = run(s, m, count, &err);
    while (status == AXL_NO_MEMORY && prefix_give_up(&s->cache)) status = run(s, m, count, &err);
    if (status == AXL_BAD_FILE)
        retire(s, m, &err);
    else if (status != AXL_OK)
        run_alone(s, m);
    for (size_t i = 0; i < s->spec.running; i++)
        if (s->slots[i] && s->slots[i]->j->m == m) advance(s, s->slots[i]);
}
