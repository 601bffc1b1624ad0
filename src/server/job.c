#include "server/job.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>

// ---- life ---------------------------------------------------------------------------------------

job *job_create(const request *r, const job_events *e) {
    job *j = mem_zalloc(sizeof *j);
    if (!j) return NULL;
    j->r = r;
    j->e = *e;
    j->candidates = request_is_vectors(r) ? 1 : size_max(r->candidates, r->choices);
    j->prompt_count = r->prompt_count;
    j->text_count = r->load == LOAD_NONE ? r->prompt_count * j->candidates : 0;
    j->came_ns = os_clock_ns();
    return j;
}

void job_free(job *j) {
    if (!j) return;
    for (size_t i = 0; j->texts && i < j->text_count; i++) {
        generation_free(&j->texts[i].g);
        session_free(j->texts[i].s);
    }
    for (size_t i = 0; j->prompts && i < j->prompt_count; i++) {
        session_free(j->prompts[i].base);
        prompt_watch_free(&j->prompts[i].watch);
    }
    mem_free(j->texts);
    mem_free(j->prompts);
    mem_free(j->vectors);
    mem_free(j);
}

axl_status job_begin(job *j, axl_error *err) {
    const request *r = j->r;
    j->prompts = mem_zalloc_array(r->prompt_count, sizeof *j->prompts);
    if (request_is_vectors(r)) {
        size_t numbers;
        if (size_mul(r->prompt_count, r->model->channels, &numbers))
            j->vectors = mem_zalloc_array(numbers, sizeof *j->vectors);
        if (!j->vectors) return error_no_memory(err, "vectors", r->prompt_count);
    }
    if (!j->prompts) return error_no_memory(err, "prompts", r->prompt_count * sizeof *j->prompts);
    j->texts = mem_zalloc_array(j->text_count, sizeof *j->texts);
    if (!j->texts) return error_no_memory(err, "texts", j->text_count * sizeof *j->texts);
    for (size_t i = 0; i < j->text_count; i++) j->texts[i] = (job_text){.j = j, .number = i};
    for (size_t i = 0; i < r->prompt_count; i++)
        j->counts.prompt += r->prompts[i].count - r->prompts[i].own;
    return AXL_OK;
}

void job_charge(job *j, uint64_t now) {
    // While something is written, what is read beside it costs nothing more.
    uint64_t *to = j->running > j->reading ? &j->counts.write_ns : &j->counts.read_ns;
    *to += now - j->mark_ns;
    j->mark_ns = now;
}

// ---- events -------------------------------------------------------------------------------------

// The choice that a text is, or is told as.
static size_t choice_of(const job_text *t) {
    return text_prompt(t) * t->j->r->choices + text_candidate(t);
}

static void tell_prompt(const job_text *t, size_t choice) {
    const job *j = t->j;
    const prompt_watch *w = &j->prompts[text_prompt(t)].watch;
    if (j->r->echo) j->e.prompt(j->e.ctx, choice, w->tokens, (const float(*)[3])w->gates);
}

void job_tell_prompt(const job_text *t) {
    if (!job_ranks(t->j)) tell_prompt(t, choice_of(t));
}

static void tell_piece(job_text *t, size_t choice, uint64_t now) {
    const job *j = t->j;
    const generation *g = &t->g;
    const answer_piece piece = {.choice = choice,
                                .bytes = buf_string(&g->text) + t->told,
                                .size = g->shown - t->told,
                                .tokens = j->r->probabilities ? g->choices + t->told : NULL,
                                .gates =
                                    j->r->gates ? (const float(*)[3])(g->gates + t->told) : NULL};
    if (piece.size > 0) j->e.text(j->e.ctx, &piece);
    t->told = g->shown;
    t->told_ns = now;
}

void job_tell(job_text *t, uint64_t now, uint64_t hold_ns) {
    if (job_ranks(t->j) || t->g.shown == t->told) return;
    const bool first = t->told == 0 && t->j->r->stream;
    const bool late = t->j->r->stream && now - t->told_ns >= hold_ns;
    if (first || late || t->g.end) tell_piece(t, choice_of(t), now);
}

// The stop string that the text ended with: it is the end of the session's text still.
static const stop_string *stop_word(const job_text *t) {
    const request *r = t->j->r;
    const stop_string *found = NULL;
    size_t length;
    if (t->g.end != GENERATION_STOP) return NULL;
    const uint16_t *text = session_text(t->s, &length);
    for (size_t i = 0; i < r->stop_count; i++) {
        const stop_string *word = &r->stop[i];
        const uint8_t *bytes = word->bytes;
        if (word->size > length || (found && word->size <= found->size)) continue;
        size_t same = 0;
        while (same < word->size && text[length - word->size + same] == bytes[same]) same++;
        if (same == word->size) found = word;
    }
    return found;
}

static void tell_end(job_text *t, size_t choice) {
    t->j->e.end(t->j->e.ctx, choice, t->g.end, t->word);
    generation_free(&t->g);
}

// ---- ranking ------------------------------------------------------------------------------------

// The mean logarithm of probability; a text without bytes says nothing for itself.
static double merit(const job_text *t) {
    double sum = 0;
    for (size_t i = 0; i < t->g.text.size; i++) sum += t->g.choices[i].logprob;
    return t->g.text.size > 0 ? sum / (double)t->g.text.size : -INFINITY;
}

// The best of a prompt's texts that was not told; of equal ones the first.
static job_text *best_left(job_text *list, size_t count) {
    job_text *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const bool told = !list[i].g.end;
        if (!told && (!best || list[i].merit > best->merit)) best = &list[i];
    }
    return best;
}

static void tell_ranked(job *j, size_t prompt) {
    job_text *list = j->texts + prompt * j->candidates;
    for (size_t i = 0; i < j->r->choices; i++) {
        const size_t choice = prompt * j->r->choices + i;
        job_text *t = best_left(list, j->candidates);
        tell_prompt(t, choice);
        tell_piece(t, choice, 0);
        tell_end(t, choice);
    }
    for (size_t i = 0; i < j->candidates; i++) generation_free(&list[i].g);
}

void job_tell_end(job_text *t) {
    job *j = t->j;
    t->word = stop_word(t);
    j->end = t->g.end;
    j->counts.written += t->g.text.size;
    if (job_ranks(j)) t->merit = merit(t);
    if (!job_ranks(j))
        tell_end(t, choice_of(t));
    else if (j->prompts[text_prompt(t)].ended == j->candidates)
        tell_ranked(j, text_prompt(t));
}
