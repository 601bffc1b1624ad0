// Requests with a body: read by their dialect, given to the scheduler, and told to the client as
// the events come. A job belongs to whoever runs it: the transport's thread until it is submitted,
// then the scheduler's, which frees it with the last event.
#include "server/front/front_parts.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "server/dialects/dialect.h"

_Static_assert(FRONT_BODY_MAX == BODY_BYTES_MAX, "one limit, named for those without jansson");

typedef struct job {
    front_call call;
    request request;
    answer answer;
    buf out;    // bytes that were not sent yet
    bool begun; // the head was sent
    bool lost;  // memory ran out
    bool late;  // the server ends
} job;

static void job_free(job *j) {
    answer_free(&j->answer);
    request_free(&j->request);
    buf_free(&j->out);
    mem_free(j);
}

// ---- sending ----

static void begin(job *j) {
    front_fields fields;
    fields_begin(&fields, &j->call);
    fields_add(&fields, "Content-Type", answer_type(&j->request));
    fields_add(&fields, "Cache-Control", "no-store");
    fields_add(&fields, "X-Accel-Buffering", "no"); // nginx would hold the stream together
    http_begin(j->call.x, 200, fields.list, fields.count);
    j->begun = true;
}

// Sends what there is of a stream. A client that is gone is noticed by the scheduler.
static void flush(job *j, bool ok) {
    if (!ok) j->lost = true;
    if (j->lost || !j->request.stream || j->out.size == 0) return;
    if (!j->begun) begin(j);
    (void)http_write(j->call.x, j->out.data, j->out.size);
    buf_clear(&j->out);
}

// Lines of Ollama's carry the time; a stream of OpenAI's has one time for all.
static void look_at_clock(job *j) {
    if (route_dialect(j->request.route) != DIALECT_OLLAMA) return;
    const uint64_t now = os_wall_ns();
    j->answer.head.seconds = now / 1000000000u;
    j->answer.head.nanoseconds = (uint32_t)(now % 1000000000u);
}

// Ends the exchange where memory ran out.
static void give_up(job *j) {
    refusal why = {0};
    refuse_memory(&why);
    if (j->begun)
        http_end(j->call.x, true);
    else
        front_refuse(&j->call, &why);
    job_free(j);
}

// ---- events, on the scheduler's thread ----

static void on_prompt(void *ctx, size_t choice, const chooser_choice *tokens,
                      const float (*gates)[3]) {
    job *j = ctx;
    look_at_clock(j);
    flush(j, answer_prompt(&j->answer, choice, tokens, gates, &j->out));
}

static void on_text(void *ctx, const answer_piece *piece) {
    job *j = ctx;
    look_at_clock(j);
    flush(j, answer_text(&j->answer, piece, &j->out));
}

static void on_end(void *ctx, size_t choice, generation_end end, const stop_string *word) {
    job *j = ctx;
    look_at_clock(j);
    flush(j, answer_end(&j->answer, choice, end, word, &j->out));
}

static void on_finish(void *ctx, const answer_counts *counts, const float *vectors) {
    job *j = ctx;
    look_at_clock(j);
    const bool ok = vectors ? embedding_body(&j->request, vectors, counts, &j->out)
                            : answer_finish(&j->answer, counts, &j->out);
    flush(j, ok);
    if (j->lost) {
        give_up(j);
        return;
    }
    if (!j->request.stream) {
        front_send(&j->call, 200, answer_type(&j->request), &j->out);
    } else {
        if (!j->begun) begin(j);
        http_end(j->call.x, false);
    }
    job_free(j);
}

static void on_fail(void *ctx, const refusal *why) {
    job *j = ctx;
    if (!j->begun) {
        front_refuse(&j->call, why);
        job_free(j);
        return;
    }
    // A stream that just broke off would be tried again by some, and shown as whole by others.
    flush(j, answer_fail(&j->answer, why, &j->out));
    http_end(j->call.x, j->lost);
    job_free(j);
}

// 499 is what logs and figures know this by; nobody reads it.
static void on_drop(void *ctx) {
    job *j = ctx;
    if (j->late) {
        refusal why = {0};
        refuse(&why, REFUSAL_BUSY, NULL, "the server is stopping");
        on_fail(j, &why);
        return;
    }
    if (j->lost || j->begun) {
        give_up(j);
        return;
    }
    http_answer(j->call.x, 499, NULL, 0, NULL);
    job_free(j);
}

static bool is_gone(void *ctx) {
    job *j = ctx;
    if (j->lost || http_gone(j->call.x)) return true;
    j->late = front_is_over(j->call.f);
    return j->late;
}

// ---- on the transport's thread ----

static bool submit(job *j, refusal *why) {
    const uint64_t now = os_wall_ns();
    const answer_head head = {.id = j->call.visit->serial,
                              .fingerprint = j->call.f->fingerprint,
                              .seconds = now / 1000000000u,
                              .nanoseconds = (uint32_t)(now % 1000000000u)};
    const job_events events = {on_prompt, on_text, on_end, on_finish, on_fail, on_drop, is_gone, j};
    if (!answer_begin(&j->answer, &j->request, &head)) return refuse_memory(why);
    return scheduler_submit(j->call.f->spec.work, &j->request, &events, why);
}

// What needs no model's work. False: it does.
static bool answer_now(job *j) {
    const request *r = &j->request;
    if (r->route == ROUTE_OLLAMA_SHOW)
        show_body(r->model, &j->out);
    else if (r->route == ROUTE_TOKENIZE || r->route == ROUTE_DETOKENIZE)
        tokens_body(r, &j->out);
    else
        return false;
    front_send(&j->call, 200, "application/json", &j->out);
    job_free(j);
    return true;
}

void front_work(const front_call *c, route asked) {
    refusal why = {0};
    const catalog *models = registry_catalog(c->f->spec.models);
    const request_source source = {asked, c->r->body, c->r->size};
    job *j = mem_zalloc(sizeof *j);
    if (!j) {
        refuse_memory(&why);
        front_refuse(c, &why);
        return;
    }
    j->call = *c;
    if (request_read(&j->request, &source, models, &why)) {
        if (j->request.model) c->visit->model = c->f->names[j->request.model - models->list];
        // From here on the job may be over at any time.
        if (answer_now(j) || submit(j, &why)) return;
    }
    front_refuse(c, &why);
    job_free(j);
}
